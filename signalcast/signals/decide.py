"""Decide on a receipt: which revisions it makes, or why a person has to look at it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, cast

from django.utils.translation import gettext as _
from msgspec import UNSET

from signalcast.core.prices import plain
from signalcast.feeds.models import Source
from signalcast.intake.check import check
from signalcast.intake.models import Receipt
from signalcast.intake.typed import TypedSignal, TypedTarget
from signalcast.signals.draft import Draft, DraftKind
from signalcast.signals.interpret import interpret
from signalcast.signals.models import Revision, Signal
from signalcast.signals.revise import Revised, State, revise, state_of
from signalcast.signals.states import OrderType, RevisionKind, SignalState


@dataclass(frozen=True, slots=True)
class Decision:
    """Revisions, or a reason to review, or a reason to ignore: exactly one of them."""

    revisions: tuple[Revised, ...] = ()
    review: str = ""
    ignored: str = ""


class Doubtful(Exception):
    """A receipt that a person has to look at; the text says why."""


def decide(receipt: Receipt, *, approved: bool = False) -> Decision:
    """Read a receipt and write the revisions it makes, in the caller's transaction.

    APPROVED by a person, a receipt is published although its parser doubted or its source asks
    for review; contradictions still send it back. Nothing is written when it goes to review.
    """
    parsed = interpret(receipt)
    if parsed.chatter:
        return Decision(ignored=parsed.reason)
    if not parsed.drafts:
        return Decision(review=_("Nothing in it could be understood."))
    doubts = [doubt for draft in parsed.drafts for doubt in draft.doubts]
    if doubts and not approved:
        return Decision(review=" ".join(dict.fromkeys(doubts)))
    if receipt.source.publish == Source.Publish.REVIEW and not approved:
        return Decision(review=_("This source's signals are published after review."))
    try:
        plans = [_plan(receipt, draft) for draft in parsed.drafts]
    except Doubtful as doubt:
        return Decision(review=str(doubt))
    return Decision(
        revisions=tuple(revise(signal, kind, state, receipt) for signal, kind, state in plans)
    )


Plan = tuple[Signal, RevisionKind, State]


def _plan(receipt: Receipt, draft: Draft) -> Plan:
    if draft.kind is DraftKind.NEW:
        return _new(receipt, draft)
    signal = _open_signal(receipt, draft)
    last = state_of(_last_revision(signal))
    if draft.side and draft.side != last.side:
        raise Doubtful(
            _("It is about a %(side)s, but the open signal is a %(other)s.")
            % {"side": draft.side, "other": last.side}
        )
    kind = RevisionKind(draft.kind.value)
    state = (
        _merged(signal.symbol, last, draft) if kind is RevisionKind.UPDATE else _ended(last, draft)
    )
    return signal, kind, state


def _new(receipt: Receipt, draft: Draft) -> Plan:
    if not draft.symbol:
        raise Doubtful(_("It names no instrument that is known."))
    if not draft.side:
        raise Doubtful(_("It does not say whether to buy or to sell."))
    order_type = draft.order_type or (OrderType.LIMIT if draft.entries else OrderType.MARKET)
    feed = receipt.source.feed
    seconds = feed.market_validity if order_type == OrderType.MARKET else feed.waiting_validity
    state = State(
        side=draft.side,
        order_type=order_type,
        entries=draft.entries,
        stop_loss=draft.stop_loss,
        targets=draft.targets,
        leverage=draft.leverage,
        timeframe=draft.timeframe or "",
        comment=draft.comment,
        valid_until=draft.valid_until or receipt.received_at + timedelta(seconds=seconds),
    )
    _check(draft.symbol, state, running=False)
    signal = Signal(
        feed=feed, source=receipt.source, source_ref=draft.id or "", symbol=draft.symbol
    )
    return signal, RevisionKind.NEW, state


def _open_signal(receipt: Receipt, draft: Draft) -> Signal:
    """The signal that a change is about: the one it names, else the source's open one."""
    mine = Signal.objects.select_related("feed").filter(source=receipt.source)
    if draft.ref:
        found = mine.filter(source_ref=draft.ref).order_by("-created_at").first()
        if found is None:
            raise Doubtful(
                _('It is about "%(ref)s", and no signal of this source has that id.')
                % {"ref": draft.ref}
            )
        if found.state != SignalState.OPEN:
            raise Doubtful(
                _('It is about "%(ref)s", which is %(state)s. What has ended stays as it is.')
                % {"ref": draft.ref, "state": found.get_state_display()}
            )
        return found
    if not draft.symbol:
        raise Doubtful(_("It does not say which signal it is about."))
    candidates = list(mine.filter(symbol=draft.symbol, state=SignalState.OPEN)[:2])
    if len(candidates) != 1:
        raise Doubtful(
            _("This source has no open signal in %(symbol)s.") % {"symbol": draft.symbol}
            if not candidates
            else _("This source has several open signals in %(symbol)s; it names none of them.")
            % {"symbol": draft.symbol}
        )
    return candidates[0]


def _last_revision(signal: Signal) -> Revision:
    return signal.revisions.prefetch_related("targets").get(number=signal.revision)


def _merged(symbol: str, last: State, draft: Draft) -> State:
    """The last state with the fields that the draft changes."""
    given: dict[str, object] = {
        "order_type": draft.order_type,
        "entries": draft.entries,
        "stop_loss": draft.stop_loss,
        "targets": draft.targets,
        "leverage": draft.leverage,
        "timeframe": draft.timeframe,
        "comment": draft.comment,
        "valid_until": draft.valid_until,
    }
    changes = {name: value for name, value in given.items() if value}
    emptied: dict[str, object] = {
        "stop_loss": None, "leverage": None, "timeframe": "", "targets": (), "valid_until": None,
    }  # fmt: skip
    changes |= {name: emptied[name] for name in draft.cleared}
    state = replace(last, **changes)  # type: ignore[arg-type]
    _check(symbol, state, running=True)
    return state


def _ended(last: State, draft: Draft) -> State:
    return replace(last, comment=draft.comment or last.comment, exit_price=draft.exit_price)


def _check(symbol: str, state: State, *, running: bool) -> None:
    """Refuse levels that contradict each other, by the same rules as the typed door."""
    signal = TypedSignal(
        ref="running" if running else UNSET,
        action="update" if running else UNSET,
        symbol=symbol,
        side=cast("Literal['buy', 'sell']", state.side),
        entries=[plain(entry) for entry in state.entries],
        stop_loss=plain(state.stop_loss) if state.stop_loss is not None else None,
        take_profits=[
            TypedTarget(plain(target.price), plain(target.share) if target.share else None)
            for target in state.targets
        ],
        leverage=plain(state.leverage) if state.leverage is not None else None,
    )
    if problems := check(signal):
        raise Doubtful(" ".join(f"{problem.pointer} {problem.detail}." for problem in problems))
