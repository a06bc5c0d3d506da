"""What a message in a chat asks for: its own words, and the message that it answers or changes.

A new call is known by the message it was made with. An answer to it, to an answer, or to a change
of it is about that signal, and so needs to name neither instrument nor entry; so is the same
message once more, edited. The parser of the source reads the words; a person looks at what is not
plain.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from signalcast.core.prices import plain
from signalcast.intake.models import Receipt
from signalcast.intake.telegram import ChatMessage, read_update
from signalcast.signals.chat import find_signal
from signalcast.signals.draft import Draft, DraftKind, Parsed
from signalcast.signals.models import Revision, Signal
from signalcast.signals.revise import State, state_of
from signalcast.signals.states import OrderType, SignalState

Parse = Callable[[str], Parsed]

#: Chats in which anybody may write.
GROUPS = ("group", "supergroup")
#: What an edit that no longer names it takes away.
CLEARABLE = ("stop_loss", "leverage", "timeframe", "targets")
#: A stop that is moved to where the position was entered.
_TO_ENTRY = re.compile(
    r"""(?ix) \b (?:sl|stop(?:[ \-]?loss)?) [ \t]* (?:to|at|=|@|->|→) [ \t]* (?:the[ ]|our[ ])?
    (?:entry(?:[ ](?:price|point))? | break[ \-]?even | b/?e | bep) \b"""
)


def interpret_update(receipt: Receipt, parse: Parse) -> Parsed:
    """What an update of Telegram's asks for, read by PARSE."""
    update = read_update(bytes(receipt.body))
    told = update.told if update else None
    if update is None or told is None:
        return _doubtful(_("It is no message of Telegram's Bot API."))
    if not told.words:
        return _doubtful(_("It is a picture without words: look whether it shows a signal."))
    parsed = parse(told.words)
    about = None
    if update.edited:
        about = find_signal(receipt.source, told.name())
        if about is not None and about.source_ref == told.name():
            return _edited(told, about, parsed)
    if about is None and told.reply_to_message is not None:
        about = find_signal(receipt.source, told.name(told.reply_to_message.message_id))
    if about is not None and update.edited and _is_ended(about):
        return Parsed(chatter=True, reason=_("It tells once more of a signal that has ended."))
    if about is not None:
        return replace(_answer(told, about, parsed, parse), restated=update.edited is not None)
    parsed = _named(told, parsed)
    return _late(receipt, told, parsed) if update.edited else parsed


def _named(told: ChatMessage, parsed: Parsed) -> Parsed:
    """The drafts of a message that stands for itself; new calls are known by it."""
    drafts = tuple(
        replace(draft, id=draft.id or told.name(), written=told.written)
        if draft.kind is DraftKind.NEW
        else draft
        for draft in parsed.drafts
    )
    return replace(parsed, drafts=drafts)


def _late(receipt: Receipt, told: ChatMessage, parsed: Parsed) -> Parsed:
    """A call that became one by an edit may be as old as the message."""
    if told.edit_date - told.date <= receipt.source.feed.market_validity:
        return parsed
    sentence = _("It is an edit of an older message that made no signal.")
    return _doubted(parsed, sentence, kinds=(DraftKind.NEW,))


def _answer(told: ChatMessage, about: Signal, alone: Parsed, parse: Parse) -> Parsed:
    """An answer to a message about a signal. ALONE is how it reads without knowing that."""
    if alone.chatter:
        return alone
    if _is_ended(about) and all(draft.kind is DraftKind.NEW for draft in alone.drafts):
        return _named(told, alone)
    parsed = parse(f"{about.symbol} {_with_entry(told.words, _state(about))}")
    # People read the words as they were written.
    comments = [draft.comment for draft in alone.drafts]
    drafts = tuple(
        replace(draft, ref=about.source_ref, comment=comments[at] if at < len(comments) else "")
        for at, draft in enumerate(parsed.drafts)
    )
    parsed = replace(parsed, drafts=drafts)
    answered = told.reply_to_message
    if told.chat.type in GROUPS and answered is not None and told.sender != answered.sender:
        sentence = _("It comes from somebody else than the message that it answers.")
        parsed = _doubted(parsed, sentence)
    sentence = _("It answers a message about an open signal, and reads like a new call.")
    return _doubted(parsed, sentence, kinds=(DraftKind.NEW,))


def _edited(told: ChatMessage, about: Signal, parsed: Parsed) -> Parsed:
    """The message that made a signal, edited: what it says now, it did not say before."""
    if parsed.chatter:
        return parsed
    if _is_ended(about) and all(draft.kind is not DraftKind.NEW for draft in parsed.drafts):
        return Parsed(chatter=True, reason=_("It tells once more of a signal that has ended."))
    last = about.revisions.select_related("receipt").get(number=about.revision)
    drafts = tuple(
        _restated(draft, about, state_of(last))
        if draft.kind is DraftKind.NEW
        else replace(draft, ref=about.source_ref)
        for draft in parsed.drafts
    )
    parsed = replace(parsed, drafts=drafts, restated=True)
    if _was_said_by(last, told):
        return parsed
    if _says(drafts, state_of(about.revisions.get(number=1))):
        return Parsed(chatter=True, reason=_("Its levels are those it had before it was edited."))
    sentence = _("The signal has changed since: it is not plain which levels the edit is about.")
    return _doubted(parsed, sentence)


def _restated(draft: Draft, about: Signal, last: State) -> Draft:
    """A call that is told again, as an update of the signal that it made."""
    doubts = draft.doubts
    if last.entries and not draft.entries:
        doubts += (_("It named an entry price before it was edited, and names none now."),)
    order = draft.order_type or (OrderType.LIMIT if draft.entries else OrderType.MARKET)
    return replace(
        draft,
        kind=DraftKind.UPDATE,
        ref=about.source_ref,
        id=None,
        order_type=order,
        cleared=frozenset(name for name in CLEARABLE if not getattr(draft, name)),
        doubts=doubts,
    )


def _was_said_by(revision: Revision, told: ChatMessage) -> bool:
    """Whether a revision was made by this very message, in an earlier form."""
    if revision.receipt is None:
        return False
    before = read_update(bytes(revision.receipt.body))
    return before is not None and before.told is not None and before.told.name() == told.name()


def _says(drafts: tuple[Draft, ...], state: State) -> bool:
    """Whether the only draft names the levels that STATE has."""
    [draft, *more] = drafts
    return not more and (draft.entries, draft.stop_loss, draft.targets) == (
        state.entries,
        state.stop_loss,
        state.targets,
    )


def _with_entry(words: str, state: State) -> str:
    """`SL to entry` with the price that is meant, where there is only one."""
    if len(state.entries) != 1:
        return words
    price: Decimal = state.entries[0]
    return _TO_ENTRY.sub(f"move SL to {plain(price)}", words)


def _state(about: Signal) -> State:
    return state_of(about.revisions.get(number=about.revision))


def _is_ended(about: Signal) -> bool:
    return about.state != SignalState.OPEN


def _doubted(
    parsed: Parsed, sentence: str, *, kinds: tuple[DraftKind, ...] = tuple(DraftKind)
) -> Parsed:
    drafts = tuple(
        replace(draft, doubts=(*draft.doubts, sentence)) if draft.kind in kinds else draft
        for draft in parsed.drafts
    )
    return replace(parsed, drafts=drafts)


def _doubtful(doubt: str) -> Parsed:
    draft = Draft(kind=DraftKind.NEW, symbol=None, side=None, order_type=None, doubts=(doubt,))
    return Parsed(drafts=(draft,))
