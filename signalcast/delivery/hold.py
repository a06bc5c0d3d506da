"""Do as the receiver wishes: nothing of what was turned off, in turn, and not in quiet hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from signalcast.channels.quiet import QuietRule, quiet_until
from signalcast.core.clock import read_moment
from signalcast.delivery.load import Batch, Loaded
from signalcast.delivery.posts import EXPIRING, TEST
from signalcast.delivery.states import DeliveryState
from signalcast.delivery.verdict import SUPERSEDED, Verdict, discarded
from signalcast.delivery.wishes import Elsewhere, Turn
from signalcast.pipeline import Queue

#: Seconds until those are looked at again about whose earlier places nothing is known right now.
SOON = 1.0


def hold(batch: Batch) -> None:
    """Give verdicts to what its receiver does not want, or not yet."""
    ends: dict[QuietRule, datetime | None] = {}
    for row in batch.undecided():
        if not row.has_wishes or batch.post(row).content.type == TEST:
            continue
        verdict = _muted(row, batch) or _not_its_turn(row, batch) or _quiet(row, batch, ends)
        if verdict:
            batch.verdicts[row.id] = verdict


def _muted(row: Loaded, batch: Batch) -> Verdict | None:
    """Who has a signal hears how it goes on and ends, whatever was turned off meanwhile."""
    if row.id in batch.wishes.muted and row.id not in batch.follows:
        return discarded(_("Its feed was turned off for this destination."))
    return None


def _not_its_turn(row: Loaded, batch: Batch) -> Verdict | None:
    turn = batch.wishes.turns.get(row.id)
    # Whoever got a signal here gets all of it here.
    if turn is None or row.id in batch.follows:
        return None
    same = {one.destination: one for one in turn.elsewhere if one.post == row.post}
    names = {step.destination: step.kind for step in turn.steps}
    for one in same.values():
        if one.state == DeliveryState.SENT:
            return discarded(_("It arrived by %(channel)s.") % {"channel": names[one.destination]})
        if one.state == DeliveryState.SUPERSEDED:
            return SUPERSEDED
        if one.state == DeliveryState.CANCELLED:
            return discarded(_("It was cancelled where it was to arrive first."))
    reason = _("Held until the places before it in the list had their time.")
    if not turn.fanned_out and len(same) < len(turn.steps) - 1:
        return _held(SOON, reason)
    if any(one.is_being_decided for one in same.values()):
        return _held(SOON, reason)
    until = _turn_comes(turn, same)
    if until is None or until <= batch.now:
        return None
    return _held(_seconds(until, row, batch), reason)


def _turn_comes(turn: Turn, same: Mapping[int, Elsewhere]) -> datetime | None:
    """When the places before it, of which SAME are about the same post, have had their time; None
    when none of them can send it now.
    """
    moments = []
    start: datetime | None = None
    for place, step in enumerate(turn.steps[:-1]):
        one = same.get(step.destination)
        if one is None or not one.may_arrive:
            continue
        if one.state == DeliveryState.HELD and one.due is not None:
            start, waited = read_moment(one.due), turn.steps[place + 1 :]
        else:
            start, waited = turn.created_at, turn.steps[1:]
        moments.append(start + timedelta(seconds=sum(later.after for later in waited)))
    return max(moments, default=None)


def _quiet(row: Loaded, batch: Batch, ends: dict[QuietRule, datetime | None]) -> Verdict | None:
    rule = batch.wishes.quiet.get(row.id)
    if rule is None or (row.id in batch.wishes.pass_rest and _goes_on(row, batch)):
        return None
    if rule not in ends:
        ends[rule] = quiet_until(rule, batch.now)
    end = ends[rule]
    if end is None:
        return None
    # Not before what came meanwhile and is worth more.
    queue = Queue.DEFAULT if row.queue == Queue.HIGH else None
    return _held(_seconds(end, row, batch), _("Held for the quiet hours."), queue)


def _goes_on(row: Loaded, batch: Batch) -> bool:
    """Whether it is about a signal that its reader has."""
    turn = batch.wishes.turns.get(row.id)
    return row.id in batch.follows or (turn is not None and turn.reached_elsewhere(row.number))


def _seconds(until: datetime, row: Loaded, batch: Batch) -> float:
    """How long to wait: no longer than it is worth anything, so that it is listed as missed then.

    In whole seconds, so that those held together are so in one statement.
    """
    post = batch.post(row)
    if post.content.type in EXPIRING and post.valid_until is not None:
        until = min(until, post.valid_until)
    return (until - batch.now).total_seconds() // 1 + 1


def _held(seconds: float, reason: str, queue: Queue | None = None) -> Verdict:
    return Verdict(state=DeliveryState.HELD, after=seconds, reason=reason, queue=queue)
