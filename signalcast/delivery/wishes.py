"""What the receivers of a batch want: read for all of them at once, and only if any wants anything.

One statement for the batch, and four more where lists of fallbacks are in play.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from signalcast.channels.preferences import (
    DestinationMute,
    FallbackStep,
    QuietHours,
    quiet_by_default,
)
from signalcast.channels.quiet import QuietRule
from signalcast.core.among import among
from signalcast.core.clock import read_moment
from signalcast.core.prepared import plain_rows
from signalcast.delivery.models import Delivery
from signalcast.delivery.posts import posts_about
from signalcast.delivery.states import OPEN, DeliveryState

if TYPE_CHECKING:
    from signalcast.delivery.load import Loaded


class Elsewhere(NamedTuple):
    """A delivery to a destination that stands earlier in a list."""

    destination: int
    post: int
    signal: UUID | str | None
    number: int
    state: str
    due: datetime | str | None
    parked: bool
    maybe_received: bool

    @property
    def may_arrive(self) -> bool:
        """It is not finished, and nobody has to look at it first."""
        return self.state in OPEN and not self.parked

    @property
    def is_being_decided(self) -> bool:
        """It was held, and somebody has it in hand: it is sent, or held again."""
        return self.state == DeliveryState.HELD and self.due is None and not self.parked


class Step(NamedTuple):
    """One place of a list."""

    user: int
    destination: int
    after: int
    kind: str


@dataclass(slots=True)
class Turn:
    """What a delivery has to know that is only for what does not arrive elsewhere."""

    #: From the list's first to the delivery's own.
    steps: Sequence[Step]
    created_at: datetime
    #: False while deliveries of the post are still being made.
    fanned_out: bool
    #: Everything about the same signal, or of the same post, at the places before its own.
    elsewhere: list[Elsewhere] = field(default_factory=list)

    def reached_elsewhere(self, number: int) -> bool:
        """Whether an earlier revision than NUMBER reached, or may have reached, another place."""
        return any(
            one.number < number and (one.state == DeliveryState.SENT or one.maybe_received)
            for one in self.elsewhere
        )

    def told_elsewhere(self, number: int) -> bool:
        """Whether it did, or still may."""
        waits = any(one.number < number and one.may_arrive for one in self.elsewhere)
        return waits or self.reached_elsewhere(number)


@dataclass(slots=True)
class Wishes:
    """By the ids of deliveries."""

    #: Their feed is turned off at their destination.
    muted: set[int] = field(default_factory=set)
    quiet: dict[int, QuietRule] = field(default_factory=dict)
    #: What belongs to signals that arrived is sent in quiet hours too.
    pass_rest: set[int] = field(default_factory=set)
    turns: dict[int, Turn] = field(default_factory=dict)


#: A condition on deliveries: is there anything to look up? Kept short, since every delivery asks.
HAS_WISHES = (
    Exists(QuietHours.objects.filter(user=OuterRef("destination__owner_id")))
    | Exists(DestinationMute.objects.filter(destination=OuterRef("destination_id")))
    | Exists(FallbackStep.objects.filter(destination=OuterRef("destination_id"), position__gt=0))
)

_QUERY = Delivery.objects.annotate(
    muted=Exists(
        DestinationMute.objects.filter(
            destination=OuterRef("destination_id"), feed=OuterRef("post__feed_id")
        )
    )
).values_list(
    "pk",
    "destination__owner_id",
    "destination__owner__quiet_hours__zone",
    "destination__owner__quiet_hours__begins",
    "destination__owner__quiet_hours__ends",
    "destination__owner__quiet_hours__days",
    "destination__owner__quiet_hours__passes",
    "destination__quiet_choice__applies",
    "destination__fallback_step__position",
    "created_at",
    "post__fanned_out_at",
    "muted",
)


def read_wishes(rows: Iterable[Loaded]) -> Wishes:
    """The wishes about deliveries. No statement where none has any."""
    wishes = Wishes()
    asking = {row.id: row for row in rows if row.has_wishes}
    if not asking:
        return wishes
    waiting: dict[int, int] = {}
    turns: dict[int, tuple[datetime, bool]] = {}
    for found in plain_rows(_QUERY.filter(among(Delivery, list(asking)))):
        pk, owner, zone, begins, ends, days, passes, applies, position, created, done, muted = found
        if muted:
            wishes.muted.add(pk)
        if zone is not None and _applies(asking[pk].kind, applies):
            wishes.quiet[pk] = QuietRule(zone, begins, ends, days)
            if passes == QuietHours.Passes.REST:
                wishes.pass_rest.add(pk)
        if position and not muted:
            waiting[pk] = owner
            turns[pk] = read_moment(created), done is not None
    if waiting:
        lists = _lists(set(waiting.values()))
        for pk, owner in waiting.items():
            steps = _up_to(lists.get(owner, []), asking[pk].destination)
            wishes.turns[pk] = Turn(steps, *turns[pk])
        _look_elsewhere(asking, wishes.turns)
    return wishes


def _applies(kind: str, choice: bool | None) -> bool:
    return quiet_by_default(kind) if choice is None else bool(choice)


def _lists(users: set[int]) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = defaultdict(list)
    steps = FallbackStep.objects.filter(user__in=users).order_by("position")
    for row in steps.values_list("user_id", "destination_id", "after", "destination__kind"):
        found[row[0]].append(Step(*row))
    return found


def _up_to(steps: list[Step], destination: int) -> list[Step]:
    """The list as far as a destination; nothing where it was taken out just now."""
    for at, step in enumerate(steps):
        if step.destination == destination:
            return steps[: at + 1]
    return []


def _look_elsewhere(rows: dict[int, Loaded], turns: dict[int, Turn]) -> None:
    """Find what became of the same signals and posts at earlier places. Two statements, one where
    nothing is about a signal."""
    about: dict[tuple[UUID | str | None, int], set[int]] = defaultdict(set)
    for pk, turn in turns.items():
        row = rows[pk]
        # Of a signal all posts count, whichever this one is.
        key = (row.signal, row.post if row.signal is None else 0)
        about[key] |= {step.destination for step in turn.steps[:-1]}
    signals = {signal for signal, _post in about if signal is not None}
    posts = posts_about(signals) if signals else {}
    wanted = Q(pk__in=[])
    for (signal, post), destinations in about.items():
        those = [post] if signal is None else posts[signal]
        wanted |= Q(post__in=those, destination__in=destinations)
    by_destination: dict[int, list[Elsewhere]] = defaultdict(list)
    query = Delivery.objects.filter(wanted).values_list(
        "destination_id", "post_id", "signal_id", "number", "state", "due", "parked_at",
        "maybe_received",
    )  # fmt: skip
    for destination, post, signal, number, state, due, parked, maybe in plain_rows(query):
        by_destination[destination].append(
            Elsewhere(
                destination, post, signal, number, state, due, parked is not None, bool(maybe)
            )
        )
    for pk, turn in turns.items():
        row = rows[pk]
        turn.elsewhere = [
            one
            for step in turn.steps[:-1]
            for one in by_destination[step.destination]
            if (one.post == row.post if row.signal is None else one.signal == row.signal)
        ]
