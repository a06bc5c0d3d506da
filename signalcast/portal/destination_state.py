"""How destinations are doing: the last attempts, the last error, and the test under way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from signalcast.channels.models import Destination
from signalcast.delivery.models import Attempt, Delivery
from signalcast.delivery.posts import TEST
from signalcast.delivery.states import OPEN, Outcome
from signalcast.portal.channel_hints import hint

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class DestinationState:
    """A destination with what became of the last messages to it."""

    destination: Destination
    last: Attempt | None
    #: The last attempt that was not accepted.
    failed: Attempt | None
    test: Delivery | None

    @property
    def channel(self) -> str:
        """The channel's name in words."""
        return str(hint(self.destination.kind).name)

    @property
    def is_testing(self) -> bool:
        """Whether a test waits or is on its way."""
        test = self.test
        return test is not None and test.state in OPEN and test.parked_at is None

    @property
    def may_have_missed(self) -> bool:
        """Whether it was disabled for a while, and nobody said yet what is to become of that."""
        found = self.destination
        active = found.state == Destination.State.ACTIVE
        return active and found.missed_since is not None and found.missed_until is not None

    @property
    def error(self) -> str:
        """What is wrong, with what to do, in sentences; empty when nothing is."""
        found = self.destination
        if found.account is not None and found.account.last_error:
            return found.account.last_error
        if found.state == Destination.State.DISABLED:
            return found.disabled_reason or _("It is disabled. Resume it.")
        if self.test is not None and (why := self.test.reason or self.test.parked_reason):
            return why
        if self.last is not None and self.last.outcome != Outcome.ACCEPTED:
            return self.last.detail or str(Outcome(self.last.outcome).label)
        return ""


def destination_states(rows: QuerySet[Destination]) -> list[DestinationState]:
    """The states of destinations, in their order. Four statements for all of them."""
    attempts = Attempt.objects.filter(delivery__destination=OuterRef("pk")).order_by("-pk")
    tests = Delivery.objects.filter(destination=OuterRef("pk"), post__type=TEST).order_by("-pk")
    found = list(
        rows.select_related("account")
        .prefetch_related("broadcasts__feed")
        .annotate(
            last=Subquery(attempts.values("pk")[:1]),
            failed=Subquery(attempts.exclude(outcome=Outcome.ACCEPTED).values("pk")[:1]),
            test=Subquery(tests.values("pk")[:1]),
        )
    )
    tried = _bulk(Attempt.objects.all(), (one for row in found for one in (row.last, row.failed)))
    sent = _bulk(Delivery.objects.all(), (row.test for row in found))
    return [
        DestinationState(row, tried.get(row.last), tried.get(row.failed), sent.get(row.test))
        for row in found
    ]


def _bulk(rows: QuerySet[Row], ids: Iterable[object]) -> dict[object, Row]:
    wanted = {one for one in ids if one is not None}
    return dict(rows.in_bulk(wanted)) if wanted else {}
