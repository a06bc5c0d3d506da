"""What senders did lately: attempts by channel, and how long signals took to their subscribers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from signalcast.delivery.models import Attempt
from signalcast.delivery.states import Outcome
from signalcast.ops.console.flow import SAMPLE, WINDOW, age, flow
from signalcast.ops.console.glance import Arrivals, Channel, Last

RECEIPT = "delivery__post__revision__receipt__"


class Try(NamedTuple):
    """One attempt, with what it belongs to."""

    kind: str
    outcome: str
    at: datetime
    post: int
    recipients: int
    #: From the request, for what arrived at its first attempt and waited for nobody's approval.
    took: float | None


class Spoken(NamedTuple):
    """All that the newest attempts tell."""

    tries: list[Try]
    #: Whether there are older ones that were not looked at.
    cut: bool
    channels: list[Channel]
    arrivals: Arrivals | None
    last: Last | None


def speak(now: datetime) -> Spoken:
    """Look at the newest attempts. One statement."""
    rows = Attempt.objects.order_by("-pk").values_list(
        "delivery__destination__kind", "outcome", "started_at", "duration",
        "delivery__post", "delivery__post__recipients", "delivery__finished_at",
        "delivery__attempts", f"{RECEIPT}received_at", f"{RECEIPT}approved_by",
    )[:SAMPLE]  # fmt: skip
    tries = [_try(*row) for row in rows]
    cut = len(tries) == SAMPLE
    lately = [one for one in tries if _is_recent(one.at, now)]
    took = sorted(one.took for one in lately if one.took is not None)
    arrivals = Arrivals(len(took), _part(took, 0.5), _part(took, 0.95)) if took else None
    return Spoken(tries, cut, _channels(lately, now, cut=cut), arrivals, _last(tries, cut=cut))


def _try(
    kind: str,
    outcome: str,
    started_at: datetime,
    duration: int,
    post: int,
    recipients: int,
    finished_at: datetime | None,
    attempts: int,
    received_at: datetime | None,
    approved_by: int | None,
) -> Try:
    accepted = outcome == Outcome.ACCEPTED
    # The database's clock where it is known, else the sender's.
    at = finished_at if accepted and finished_at else started_at + timedelta(milliseconds=duration)
    took = None
    if accepted and received_at and attempts <= 1 and approved_by is None:
        took = max((at - received_at).total_seconds(), 0.0)
    return Try(kind, outcome, at, post, recipients, took)


def _is_recent(at: datetime, now: datetime) -> bool:
    seconds = age(at, now)
    return seconds is not None and seconds <= WINDOW


def _channels(tries: list[Try], now: datetime, *, cut: bool) -> list[Channel]:
    by_kind: dict[str, list[Try]] = defaultdict(list)
    for one in tries:
        by_kind[one.kind].append(one)
    oldest = min((one.at for one in tries), default=now)
    found = []
    for kind, mine in sorted(by_kind.items()):
        took = sorted(one.took for one in mine if one.took is not None)
        found.append(
            Channel(
                kind=kind,
                # All channels over the same time, back to the oldest attempt that was looked at.
                flow=flow([one.at for one in mine], now, cut=cut, since=oldest),
                accepted=sum(one.outcome == Outcome.ACCEPTED for one in mine),
                ended=sum(one.outcome != Outcome.WAIT for one in mine),
                slow=_part(took, 0.95) if took else None,
            )
        )
    return found


def _last(tries: list[Try], *, cut: bool) -> Last | None:
    arrived = [one for one in tries if one.took is not None]
    if not arrived:
        return None
    newest = max(one.post for one in arrived)
    mine = [one for one in arrived if one.post == newest]
    whole = not cut or tries[-1].post != newest
    end = max(mine, key=lambda one: one.at)
    count = len(mine) if whole else max(mine[0].recipients, len(mine))
    return Last(end.at, max(one.took or 0.0 for one in mine), count)


def _part(values: Sequence[float], part: float) -> float:
    """The value that PART of sorted VALUES do not exceed."""
    return values[min(int(len(values) * part), len(values) - 1)]
