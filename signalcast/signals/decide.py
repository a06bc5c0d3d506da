"""Decide on a receipt: which revisions it makes, or why a person has to look at it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from signalcast.core.printable import printable
from signalcast.feeds.models import Source
from signalcast.intake.models import Receipt
from signalcast.intake.states import Door
from signalcast.signals.chat import answer_start, doubts_about_chat, keep_chat
from signalcast.signals.draft import Draft, DraftKind
from signalcast.signals.interpret import interpret
from signalcast.signals.models import Signal
from signalcast.signals.next_state import (
    Doubtful,
    Unchanged,
    changed_state,
    check_words,
    new_state,
)
from signalcast.signals.revise import Revised, State, revise, state_of
from signalcast.signals.states import RevisionKind, SignalState

LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class Decision:
    """Revisions, or a reason to review, or a reason to ignore: exactly one of them."""

    revisions: tuple[Revised, ...] = ()
    review: str = ""
    ignored: str = ""


class TooEarly(Exception):
    """Something that came before has to be done with first."""


class _Unknown(Doubtful):
    """It is about a signal that is not there."""


def decide(receipt: Receipt, *, approved: bool = False) -> Decision:
    """Read a receipt and write the revisions it makes, in the caller's transaction.

    APPROVED by a person, a receipt is published although its parser doubted or its source asks
    for review; contradictions still send it back. Nothing is written when it goes to review.
    Raises TooEarly when the signal it is about may be among the source's undecided receipts.
    """
    if receipt.door == Door.TELEGRAM and answer_start(receipt):
        return Decision(ignored=_("Somebody asks the bot to connect a chat."))
    parsed = interpret(receipt)
    if parsed.chatter:
        return Decision(ignored=printable(parsed.reason, LONGEST_REASON))
    doubts = [doubt for draft in parsed.drafts for doubt in draft.doubts]
    if receipt.door == Door.TELEGRAM:
        doubts += doubts_about_chat(receipt)
    if doubts and not approved:
        return _review(" ".join(dict.fromkeys(doubts)))
    if not parsed.drafts:
        return _review(_("Nothing in it could be understood."))
    if receipt.source.publish == Source.Publish.REVIEW and not approved:
        return _review(_("This source's signals are published after review."))
    try:
        plans = [_plan(receipt, draft) for draft in parsed.drafts]
    except Doubtful as doubt:
        if isinstance(doubt, _Unknown) and _is_behind(receipt):
            raise TooEarly(str(receipt.pk)) from None
        if isinstance(doubt, Unchanged) and parsed.restated:
            return Decision(ignored=str(doubt))
        return _review(str(doubt))
    revisions = tuple(revise(signal, kind, state, receipt) for signal, kind, state in plans)
    if receipt.door == Door.TELEGRAM and not keep_chat(receipt, revisions, approved=approved):
        raise TooEarly(str(receipt.pk))
    return Decision(revisions=revisions)


def _review(reason: str) -> Decision:
    return Decision(review=printable(reason, LONGEST_REASON))


Plan = tuple[Signal, RevisionKind, State]


def _plan(receipt: Receipt, draft: Draft) -> Plan:
    check_words(draft)
    if draft.kind is DraftKind.NEW:
        state = new_state(draft, receipt)
        signal = Signal(
            feed=receipt.source.feed,
            source=receipt.source,
            source_ref=draft.id or "",
            symbol=draft.symbol or "",
        )
        return signal, RevisionKind.NEW, state
    signal = _meant(receipt, draft)
    last = state_of(signal.revisions.get(number=signal.revision))
    return signal, RevisionKind(draft.kind.value), changed_state(signal.symbol, last, draft)


def _meant(receipt: Receipt, draft: Draft) -> Signal:
    """The open signal that a change is about: the one it names, else the source's only one."""
    mine = Signal.objects.select_related("feed").filter(source=receipt.source)
    if draft.ref:
        if (named := _named_by_a_person(receipt, draft.ref)) is not None:
            return named
        newest_two = mine.filter(source_ref=draft.ref).order_by("-created_at", "-pk")[:2]
        return _named(list(newest_two), draft.ref)
    if not draft.symbol:
        raise Doubtful(_("It does not say which signal it is about."))
    candidates = list(mine.filter(symbol=draft.symbol, state=SignalState.OPEN)[:2])
    if not candidates:
        raise _Unknown(
            _("This source has no open signal in %(symbol)s.") % {"symbol": draft.symbol}
        )
    if len(candidates) > 1:
        raise Doubtful(
            _("This source has several open signals in %(symbol)s; it names none of them.")
            % {"symbol": draft.symbol}
        )
    return candidates[0]


def _named_by_a_person(receipt: Receipt, ref: str) -> Signal | None:
    """The signal of the feed with our own id REF: a person sees these, and not the source's.

    Raises Doubtful when it has ended.
    """
    if receipt.approved_by_id is None:
        return None
    try:
        ours = UUID(ref)
    except ValueError:
        return None
    rows = Signal.objects.select_related("feed").filter(pk=ours, feed=receipt.source.feed_id)
    found = list(rows)
    return _named(found, found[0].symbol) if found else None


def _named(found: list[Signal], ref: str) -> Signal:
    """The newest signal of a source with its own id REF. FOUND are the newest two."""
    if not found:
        raise _Unknown(
            _('It is about "%(ref)s", and no signal of this source has that id.') % {"ref": ref}
        )
    newest = found[0]
    if newest.state != SignalState.OPEN:
        raise Doubtful(
            _('It is about "%(ref)s", which is %(state)s. What has ended stays as it is.')
            % {"ref": ref, "state": newest.get_state_display()}
        )
    if found[-1].pk != newest.pk and found[-1].state == SignalState.OPEN:
        raise Doubtful(
            _('It is about "%(ref)s", and several open signals have that id.') % {"ref": ref}
        )
    return newest


def _is_behind(receipt: Receipt) -> bool:
    """Whether the source has earlier receipts that are not decided yet."""
    return Receipt.objects.filter(
        Q(due__isnull=False) | Q(leased_until__isnull=False),
        source=receipt.source,
        pk__lt=receipt.pk,
    ).exists()
