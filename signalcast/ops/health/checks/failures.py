"""Work is finished, not given up."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Count, DateTimeField, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.clock import now
from signalcast.delivery.models import Attempt
from signalcast.delivery.states import DeliveryState, Outcome
from signalcast.ops.health.attempts import MOST, WINDOW
from signalcast.ops.health.finding import MINUTE, Check, Finding, State
from signalcast.ops.health.waits import KINDS

#: Percent of deliveries given up for good, deliveries below which a share says nothing, and rows
#: that took a process down, in ten minutes.
WARN, FAIL = 2.0, 10.0
FEW = 10
ERRORS = 5


def look() -> Finding:
    """Deliveries that were given up, and our own errors: crashes and parked rows."""
    since = now() - WINDOW
    parked = _parked(since)
    ended, given_up, crashed = _deliveries(since)
    share = 100 * given_up / ended if ended >= FEW else 0.0
    errors = parked + crashed
    parts = {"given_up": round(share, 1), "errors": float(errors)}
    words = _(
        "%(given_up)d of %(ended)d deliveries were given up in ten minutes; %(errors)d rows took a "
        "process down or were parked. See Parked for the reasons."
    ) % {"given_up": given_up, "ended": ended, "errors": errors}
    state = State.WARNING if share >= WARN or errors else State.OK
    failed = share >= FAIL or errors >= ERRORS
    return Finding(State.FAILED if failed else state, words, share, "%", parts)


def _parked(since: datetime) -> int:
    """Rows of all kinds that were parked, in one statement."""
    quote, column = connection.ops.quote_name, DateTimeField()
    value = connection.ops.adapt_datetimefield_value(column.get_prep_value(since))
    counts = " + ".join(
        f"(SELECT COUNT(*) FROM {quote(model._meta.db_table)} WHERE parked_at > %s)"  # noqa: S608 - our own names
        for model in KINDS.values()
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", [value] * len(KINDS))
        return int(cursor.fetchone()[0])


def _deliveries(since: datetime) -> tuple[int, int, int]:
    """How many deliveries ended, how many of them were given up, and attempts that crashed."""
    newest = next(iter(Attempt.objects.order_by("-pk").values_list("pk", flat=True)[:1]), None)
    if newest is None:
        return 0, 0, 0
    over = (DeliveryState.SENT, DeliveryState.DISCARDED)
    found = Attempt.objects.filter(pk__gt=newest - MOST, started_at__gt=since).aggregate(
        ended=Count("delivery", distinct=True, filter=Q(delivery__state__in=over)),
        given_up=Count(
            "delivery", distinct=True, filter=Q(delivery__state=DeliveryState.DISCARDED)
        ),
        crashed=Count("pk", filter=Q(outcome=Outcome.CRASHED)),
    )
    return found["ended"], found["given_up"], found["crashed"]


check = Check(
    title=gettext_lazy("Failures"),
    meaning=gettext_lazy("Deliveries that were given up for good, and errors of our own."),
    run=look,
    every=2 * MINUTE,
)
