"""Send the notices that are due, and those again that did not get there."""

from __future__ import annotations

from django.db.models import F
from django.db.models.functions import Now

from signalcast.channels.base import Outcome, Result
from signalcast.core import events
from signalcast.core.clock import from_now, now
from signalcast.ops.alerts.compose_notice import compose_notice
from signalcast.ops.alerts.deliver import Letter, address_of, deliver
from signalcast.ops.alerts.models import Notice, Receiver

#: Notices of one turn.
MOST = 50
#: Seconds a notice is held by who sends it; then somebody else may try.
HELD = 60.0
#: Seconds until the next try, doubled each time, at most; and how often.
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 900.0
TRIES = 12


def notify() -> tuple[int, int]:
    """Send what is due. Returns how many got there, and how many did not.

    Each is taken by a conditional update, so that of several processes one sends it. A process
    that dies meanwhile has it sent again, with the same id.
    """
    due = Notice.objects.filter(due__lte=Now()).order_by("pk")
    rows = [row for row in due.select_related("alert", "receiver__account")[:MOST] if _take(row)]
    if not rows:
        return 0, 0
    results = deliver(
        [
            Letter(
                f"alert-notice-{row.pk}",
                row.receiver.kind,
                address_of(row.receiver),
                compose_notice(row.alert, row.about),
            )
            for row in rows
        ]
    )
    arrived = sum(_settle(row, result) for row, result in zip(rows, results, strict=True))
    return arrived, len(rows) - arrived


def _take(row: Notice) -> bool:
    mine = Notice.objects.filter(pk=row.pk, tries=row.tries, due__lte=Now())
    if not row.receiver.is_on:
        mine.update(due=None, error="")
        return False
    return bool(mine.update(due=from_now(HELD), tries=F("tries") + 1))


def _settle(row: Notice, result: Result) -> bool:
    tries = row.tries + 1
    arrived = result.outcome == Outcome.ACCEPTED
    receiver = Receiver.objects.filter(pk=row.receiver_id)
    mine = Notice.objects.filter(pk=row.pk)
    if arrived:
        mine.update(due=None, sent_at=Now(), error="")
        receiver.update(last_error="", last_sent_at=now())
    else:
        pause = max(min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE), result.wait)
        again = tries < TRIES and result.outcome != Outcome.REFUSED
        mine.update(due=from_now(pause) if again else None, error=result.detail)
        receiver.update(last_error=result.detail)
        events.warn("alert.not_told", receiver=row.receiver_id, error=result.detail, tries=tries)
    return arrived
