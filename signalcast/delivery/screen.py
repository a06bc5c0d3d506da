"""Send only what may be sent: the rules between a claim and its first byte, in their order."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.utils.translation import gettext as _

from signalcast.channels.base import Limits
from signalcast.channels.models import Destination
from signalcast.channels.registry import channel, kinds
from signalcast.delivery.breaker import FAILURES_TO_OPEN, take_probe
from signalcast.delivery.hold import hold
from signalcast.delivery.limit_by_account import limit_by_account
from signalcast.delivery.limiter import Limiter
from signalcast.delivery.load import Batch, Loaded
from signalcast.delivery.order import order
from signalcast.delivery.posts import EXPIRING, TEST
from signalcast.delivery.segment import destinations_in
from signalcast.delivery.states import DeliveryState
from signalcast.delivery.verdict import Verdict, discarded, put_off, stale
from signalcast.delivery.wishes import read_wishes

#: Seconds after which to look again while somebody else's probe is under way.
BEHIND_PROBE = 1.0
#: Waits are rounded up to this, so that those put off together are so in one statement.
ROUNDED_TO = 0.25


def screen(batch: Batch, limiter: Limiter) -> set[int]:
    """Give verdicts to all that must not be sent now. Returns the rows that are probes."""
    reached = _in_segments(batch)
    for row in batch.undecided():
        if verdict := _entitled(row, batch, reached):
            batch.verdicts[row.id] = verdict
    batch.wishes = read_wishes(batch.undecided())
    order(batch)
    for row in batch.undecided():
        if verdict := _fresh(row, batch):
            batch.verdicts[row.id] = verdict
    hold(batch)
    probes = _break(batch)
    _limit(batch, limiter)
    return probes


def _in_segments(batch: Batch) -> set[int]:
    """The rows whose destinations are (still) in the segment of their post. One statement for each
    such post, none where there is none: signals never have one."""
    rows: dict[int, list[Loaded]] = defaultdict(list)
    for row in batch.undecided():
        if batch.post(row).segment is not None:
            rows[row.post].append(row)
    reached: set[int] = set()
    for post, several in rows.items():
        segment = batch.posts[post].segment
        if segment is not None:
            chosen = destinations_in(segment).filter(pk__in=[row.destination for row in several])
            found = set(chosen.values_list("pk", flat=True))
            reached |= {row.id for row in several if row.destination in found}
    return reached


def _entitled(row: Loaded, batch: Batch, reached: set[int]) -> Verdict | None:
    if row.destination_state != Destination.State.ACTIVE:
        reason = _("The destination is disabled: %(reason)s")
        return discarded(reason % {"reason": row.disabled_reason or _("by its owner")})
    if batch.post(row).segment is not None:
        if row.id not in reached:
            return discarded(_("Its owner is no longer among those whom it is for."))
    # A test says nothing that is sold.
    elif not row.is_entitled and batch.post(row).content.type != TEST:
        return discarded(_("The subscription ended before it was sent."))
    if row.kind not in kinds():
        return discarded(_("There is no channel %(kind)s.") % {"kind": row.kind})
    return None


def _fresh(row: Loaded, batch: Batch) -> Verdict | None:
    post = batch.post(row)
    expires = post.valid_until if post.content.type in EXPIRING else None
    if expires is not None and batch.now >= expires:
        if row.state == DeliveryState.HELD:
            return stale(_("It was held, and was over before it could be sent."))
        return stale(_("It came too late to be worth anything."))
    return None


def _break(batch: Batch) -> set[int]:
    """Keep away from destinations in trouble; let one message through when the pause is over."""
    probes: set[int] = set()
    tried: dict[int, bool] = {}
    for row in batch.undecided():
        blocked_until = row.blocked_until
        if blocked_until is None:
            continue
        if blocked_until > batch.now:
            batch.verdicts[row.id] = put_off(_until(blocked_until, batch.now))
        elif row.failures >= FAILURES_TO_OPEN:
            if row.destination not in tried:
                tried[row.destination] = take_probe(row.destination)
                if tried[row.destination]:
                    probes.add(row.id)
                    continue
            batch.verdicts[row.id] = put_off(BEHIND_PROBE)
    return probes


def _until(moment: datetime, now: datetime) -> float:
    return _rounded((moment - now).total_seconds())


def _rounded(seconds: float) -> float:
    return (seconds // ROUNDED_TO + 1) * ROUNDED_TO


def _limit(batch: Batch, limiter: Limiter) -> None:
    by_kind: dict[str, dict[int, list[Loaded]]] = defaultdict(lambda: defaultdict(list))
    for row in batch.undecided():
        by_kind[row.kind][row.destination].append(row)
    for kind, rows in by_kind.items():
        limits: Limits = channel(kind).limits
        if limits.each is not None or limits.account is not None:
            limit_by_account(batch, rows, limits, limiter)
            continue
        wanted = {destination: len(several) for destination, several in rows.items()}
        for destination, (granted, wait) in limiter.take(kind, limits, wanted).items():
            for row in rows[destination][granted:]:
                batch.verdicts[row.id] = put_off(_rounded(wait))
