"""Write a revision: the whole content of a signal after one published change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from signalcast.core.prices import plain
from signalcast.intake.models import Receipt
from signalcast.signals.draft import TargetDraft
from signalcast.signals.models import Revision, Signal, Target
from signalcast.signals.states import STATE_AFTER, RevisionKind, SignalState


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a signal says, apart from its instrument."""

    side: str
    order_type: str
    entries: tuple[Decimal, ...] = ()
    stop_loss: Decimal | None = None
    targets: tuple[TargetDraft, ...] = ()
    leverage: Decimal | None = None
    timeframe: str = ""
    comment: str = ""
    valid_until: datetime | None = None
    exit_price: Decimal | None = None


class AlreadyRevised(Exception):
    """Somebody else wrote a revision of this signal in between."""


@dataclass(frozen=True, slots=True)
class Revised:
    """A revision with what belongs to it, as just written."""

    signal: Signal
    revision: Revision
    targets: Sequence[Target]


def revise(signal: Signal, kind: RevisionKind, state: State, receipt: Receipt | None) -> Revised:
    """Append a revision to SIGNAL, whose `revision` is the number it had when it was read.

    Raises AlreadyRevised when it is no longer. Runs inside the caller's transaction.
    """
    number = 1
    if kind is RevisionKind.NEW:
        signal.save(force_insert=True)
    else:
        number = signal.revision + 1
        changed = Signal.objects.filter(
            pk=signal.pk, revision=signal.revision, state=SignalState.OPEN
        ).update(revision=number, state=STATE_AFTER[kind])
        if not changed:
            raise AlreadyRevised(str(signal.pk))
        signal.revision, signal.state = number, STATE_AFTER[kind]
    revision = Revision.objects.create(
        signal=signal,
        number=number,
        kind=kind,
        receipt=receipt,
        side=state.side,
        order_type=state.order_type,
        entries=[plain(entry) for entry in state.entries],
        stop_loss=state.stop_loss,
        leverage=state.leverage,
        timeframe=state.timeframe,
        exit_price=state.exit_price,
        comment=state.comment,
        valid_until=state.valid_until,
    )
    targets = Target.objects.bulk_create(
        Target(revision=revision, position=position, price=target.price, share=target.share)
        for position, target in enumerate(state.targets, start=1)
    )
    return Revised(signal, revision, targets)


def state_of(revision: Revision) -> State:
    """What a signal said after REVISION."""
    return State(
        side=revision.side,
        order_type=revision.order_type,
        entries=tuple(Decimal(entry) for entry in revision.entries),
        stop_loss=revision.stop_loss,
        targets=tuple(
            TargetDraft(target.price or Decimal(0), target.share)
            for target in revision.targets.order_by("position")
        ),
        leverage=revision.leverage,
        timeframe=revision.timeframe,
        comment=revision.comment,
        valid_until=revision.valid_until,
    )
