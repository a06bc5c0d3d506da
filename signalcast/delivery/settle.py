"""Write down what became of deliveries in hand: many at a time, each only if still in hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from signalcast.channels.base import Outcome, Result
from signalcast.core import events
from signalcast.core.bulk_insert import BulkInsert
from signalcast.delivery.account_error import clear_account_error, set_account_error
from signalcast.delivery.breaker import ask_to_wait, count_failures, count_success, disable
from signalcast.delivery.measures import Measured, measure_attempts, measure_not_sent
from signalcast.delivery.models import Attempt, Delivery
from signalcast.delivery.move_destination import move_destination
from signalcast.delivery.sending import Sending
from signalcast.delivery.verdict import Verdict
from signalcast.delivery.wake_fallbacks import wake_fallbacks
from signalcast.work.change import change
from signalcast.work.claim import Claimed
from signalcast.work.complete import complete
from signalcast.work.park import park
from signalcast.work.release import release

CRASHED = "crashed"


class Attempted(NamedTuple):
    """One attempt that has ended."""

    sending: Sending
    #: Seconds since 1970, and how many it took.
    started: float
    took: float
    #: None when our own code failed.
    result: Result | None
    detail: str
    verdict: Verdict

    @property
    def outcome(self) -> str:
        """How it ended, in one word."""
        return self.result.outcome.value if self.result else CRASHED

    @property
    def accepted(self) -> bool:
        """Whether the receiver has it."""
        return self.result is not None and self.result.outcome is Outcome.ACCEPTED


_insert_attempts = BulkInsert(
    Attempt,
    ["delivery", "started_at", "duration", "outcome", "status", "detail"],
    constants={},
)


def settle(attempted: Sequence[Attempted]) -> None:
    """Record attempts and what they mean for their deliveries and destinations.

    One transaction; if the database refuses it, one for each. A delivery that is not in hand any
    more keeps the state it has; that the attempt was made is recorded all the same. Raises
    OperationalError or InterfaceError when the database is away.
    """
    try:
        _settle(attempted)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(attempted) == 1:
            [one] = attempted
            # Its lease runs out, and the rescue counts a crash.
            events.warn("delivery.unsettled", delivery=one.sending.claimed.id, error=str(error))
            return
        for one in attempted:
            settle([one])


def _settle(attempted: Sequence[Attempted]) -> None:
    verdicts = {one.sending.claimed: one.verdict for one in attempted}
    with transaction.atomic():
        missed = _apply(verdicts.items())
        wake_fallbacks(verdicts)
        _insert_attempts(_rows(attempted))
        _tell_destinations(attempted)
    _emit(attempted, missed)
    measure_attempts(_measured(one) for one in attempted)


def put_down(verdicts: Mapping[Claimed, Verdict]) -> None:
    """Settle deliveries that were not attempted."""
    if not verdicts:
        return
    with transaction.atomic():
        _apply(verdicts.items())
        wake_fallbacks(verdicts)
    states = Counter(str(verdict.state or "put off") for verdict in verdicts.values())
    events.emit("delivery.not_sent", **states)
    measure_not_sent(states)


def _apply(verdicts: Iterable[tuple[Claimed, Verdict]]) -> int:
    """Write verdicts. Returns how many rows were not in hand any more."""
    # By identity first: nearly all are the one SENT, and comparing field by field adds up.
    same: dict[int, tuple[Verdict, list[Claimed]]] = {}
    count = 0
    for claimed, verdict in verdicts:
        count += 1
        found = same.get(id(verdict))
        if found is None:
            same[id(verdict)] = verdict, [claimed]
        else:
            found[1].append(claimed)
    groups: dict[Verdict, list[Claimed]] = defaultdict(list)
    for verdict, rows in same.values():
        groups[verdict] += rows
    return count - sum(_write(verdict, rows) for verdict, rows in groups.items())


def _write(verdict: Verdict, rows: Sequence[Claimed]) -> int:
    changes = _changes(verdict)
    if verdict.parked:
        change(Delivery, rows, **changes)
        return park(Delivery, rows, reason=verdict.reason)
    if verdict.after is not None:
        return release(Delivery, rows, after=verdict.after, **changes)
    return complete(Delivery, rows, finished_at=Now(), **changes)


def _changes(verdict: Verdict) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if verdict.state is not None:
        # A reason is the state's: what waits again has another one, or none.
        changes |= {"state": verdict.state, "reason": verdict.reason}
    if verdict.queue is not None:
        changes["queue"] = verdict.queue
    if verdict.attempt:
        changes["attempts"] = F("attempts") + 1
    if verdict.maybe_received:
        changes["maybe_received"] = True
    if verdict.crashed:
        changes["tries"] = F("tries") + 1
    return changes


def _rows(attempted: Iterable[Attempted]) -> list[tuple[Any, ...]]:
    zone = "+00:00" if connection.vendor == "postgresql" else ""
    return [
        (
            one.sending.claimed.id,
            # As text: drivers take four times as long over datetimes.
            f"{_second(int(one.started))}.{int(one.started % 1 * 1_000_000):06}{zone}",
            int(one.took * 1000),
            one.outcome,
            one.result.status if one.result else 0,
            one.detail,
        )
        for one in attempted
    ]


# Thousands begin within the same one.
@lru_cache(maxsize=64)
def _second(since_1970: int) -> str:
    return f"{datetime.fromtimestamp(since_1970, UTC):%Y-%m-%d %H:%M:%S}"


def _measured(one: Attempted) -> Measured:
    sending = one.sending
    since = None
    if one.accepted and not sending.attempts and sending.asked is not None:
        since = one.started + one.took - sending.asked
    return Measured(sending.kind, one.outcome, one.took, since)


def _tell_destinations(attempted: Sequence[Attempted]) -> None:
    failed: Counter[int] = Counter()
    probes: set[int] = set()
    recovered: set[int] = set()
    for one in attempted:
        sending = one.sending
        if one.result is None:
            continue
        if one.result.moved_to:
            move_destination(sending.destination, one.result.moved_to)
        if one.result.account_fails:
            set_account_error(sending.destination, one.detail)
        match one.result.outcome:
            case Outcome.ACCEPTED:
                if sending.failures or sending.probe:
                    recovered.add(sending.destination)
                if sending.account_failed:
                    clear_account_error(sending.destination)
            case Outcome.WAIT:
                ask_to_wait(sending.destination, one.result.wait)
            case Outcome.REFUSED:
                disable(sending.destination, one.detail)
            case _:
                failed[sending.destination] += 1
                if sending.probe:
                    probes.add(sending.destination)
    if failed:
        count_failures(failed, probes)
    if recovered:
        count_success(recovered)


def _emit(attempted: Sequence[Attempted], missed: int) -> None:
    outcomes = Counter(one.outcome for one in attempted)
    events.emit("delivery.attempted", **outcomes)
    if missed:
        events.warn("delivery.lease_lost", count=missed)
    for one in attempted:
        if not one.accepted:
            events.emit(
                "delivery.failed",
                delivery=one.sending.claimed.id,
                **one.sending.about,
                outcome=one.outcome,
                detail=one.detail,
            )
