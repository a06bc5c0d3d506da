"""Whose chats a source listens to, and which of their messages are about which signal."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from signalcast.channels.telegram.account import account_for
from signalcast.channels.telegram.start import ask_to_start
from signalcast.core import events
from signalcast.feeds.models import Source
from signalcast.intake.models import ChatReference, Receipt
from signalcast.intake.telegram import ChatMessage, read_update
from signalcast.signals.models import Signal
from signalcast.signals.revise import Revised


def told_in(receipt: Receipt) -> ChatMessage | None:
    """The message that a receipt of Telegram's door brought, if it is one."""
    update = read_update(bytes(receipt.body))
    return update.told if update else None


def answer_start(receipt: Receipt) -> bool:
    """Have `/start` answered, with which people connect their chats. False when it says else."""
    told = told_in(receipt)
    if told is None or told.edit_date:
        return False
    return ask_to_start(
        told.text,
        chat=told.chat.id,
        written=told.written or receipt.received_at,
        account=lambda: account_for(receipt.source.slug),
    )


def doubts_about_chat(receipt: Receipt) -> list[str]:
    """Why a message may not be one of those that the source is there for.

    Whoever finds a bot can write to it, and add it to a chat of his own.
    """
    told = told_in(receipt)
    listed = receipt.source.chats.split()
    if told is None or not listed or str(told.chat.id) in listed:
        return []
    sentence = _(
        "It comes from another chat than those of this source. To have its messages published, add"
        " %(chat)s to the source's chats."
    )
    name = f"{told.chat.id} ({told.chat.title})" if told.chat.title else str(told.chat.id)
    return [sentence % {"chat": name}]


def keep_chat(receipt: Receipt, revisions: Sequence[Revised], *, approved: bool) -> bool:
    """Note the chat and the message that made REVISIONS, in the caller's transaction.

    False when another chat became the source's one meanwhile.
    """
    told = told_in(receipt)
    if told is None:
        return True
    # In a row with one of several, an answer could be about any of them.
    if len({revised.signal.source_ref for revised in revisions}) == 1:
        ref = revisions[0].signal.source_ref
        if ref and ref != told.name():
            ChatReference.objects.update_or_create(
                source_id=receipt.source_id, message=told.name(), defaults={"ref": ref}
            )
    if receipt.source.chats or approved:
        return True
    mine = Source.objects.filter(pk=receipt.source_id)
    if mine.filter(chats="").update(chats=str(told.chat.id)):
        events.emit("source.listens", source=receipt.source.slug, chat=told.chat.id)
        return True
    return str(told.chat.id) in mine.values_list("chats", flat=True).get().split()


def find_signal(source: Source, message: str) -> Signal | None:
    """The newest signal of a source that the chat's MESSAGE is about."""
    known = ChatReference.objects.filter(source=source, message=message)
    ref = known.values_list("ref", flat=True).first() or message
    found = Signal.objects.select_related("feed").filter(source=source, source_ref=ref)
    return found.order_by("-created_at", "-pk").first()
