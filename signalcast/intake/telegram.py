"""Updates of Telegram's Bot API: who may bring them, what they say, and what they are stored as.

https://core.telegram.org/bots/api#update. An update is stored as it came. Those that ask for
nothing are stored as ignored, each with its reason.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from signalcast.core import clock
from signalcast.intake.new_receipt import NewReceipt, key_of_body, thread_name
from signalcast.intake.problems import unauthorized
from signalcast.intake.sources import KnownSource
from signalcast.intake.states import Door

#: The header that Telegram shows its secret in.
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a name
#: What an update's key starts with.
UPDATE = "tg:"
#: Kinds of updates that are messages somebody wrote: what a source asks Telegram for.
MESSAGES = ("message", "edited_message", "channel_post", "edited_channel_post")
#: Seconds that Telegram keeps an update: nothing older is believed to come from the chat now.
KEPT = 86_400
#: What could be a signal although it has no words.
PICTURES = ("photo", "document")


class Chat(msgspec.Struct, frozen=True):
    """Where a message was written."""

    id: int
    type: str = ""
    title: str = ""


class Person(msgspec.Struct, frozen=True):
    """Who wrote it, where Telegram says so."""

    id: int


class Answered(msgspec.Struct, frozen=True):
    """The message that a message is a reply to."""

    message_id: int
    sender: Person | None = msgspec.field(name="from", default=None)


class File(msgspec.Struct, frozen=True):
    """A file of Telegram's: each size of a photo, or what was sent as a file."""

    file_id: str
    mime_type: str = ""


class ChatMessage(msgspec.Struct, frozen=True):
    """A message as far as it matters here. Times are in seconds since 1970."""

    message_id: int
    chat: Chat
    date: int = 0
    edit_date: int = 0
    text: str = ""
    caption: str = ""
    sender: Person | None = msgspec.field(name="from", default=None)
    reply_to_message: Answered | None = None
    photo: Any = None
    document: Any = None

    @property
    def words(self) -> str:
        """What somebody wrote, by itself or below a picture."""
        return self.text or self.caption

    @property
    def picture(self) -> str:
        """The id of the picture that it shows, in its largest size; empty when it has none."""
        try:
            if sizes := msgspec.convert(self.photo or [], list[File]):
                return sizes[-1].file_id
            sent = msgspec.convert(self.document, File | None)
        except msgspec.ValidationError:
            return ""
        return sent.file_id if sent and sent.mime_type.startswith("image/") else ""

    @property
    def written(self) -> datetime | None:
        """When it was written or last changed; None where that cannot be."""
        moment = self.edit_date or self.date
        age = clock.now().timestamp() - moment
        return datetime.fromtimestamp(moment, UTC) if 0 <= age < KEPT else None

    def name(self, message_id: int | None = None) -> str:
        """How a message of the chat is called among a source's signals; this one, if not said."""
        return f"chat:{self.chat.id}:{self.message_id if message_id is None else message_id}"


class Update(msgspec.Struct, frozen=True):
    """One thing that happened around a bot."""

    update_id: int
    message: ChatMessage | None = None
    edited_message: ChatMessage | None = None
    channel_post: ChatMessage | None = None
    edited_channel_post: ChatMessage | None = None

    @property
    def told(self) -> ChatMessage | None:
        """The message it brings, if any."""
        return self.message or self.channel_post or self.edited

    @property
    def edited(self) -> ChatMessage | None:
        """The message it brings once more, with what its writer changed."""
        return self.edited_message or self.edited_channel_post


_decode = msgspec.json.Decoder(Update).decode


def read_update(body: bytes) -> Update | None:
    """The update in BODY; None when it is something else."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None


def words_in(body: bytes) -> str:
    """What somebody wrote in an update; empty when it is something else."""
    update = read_update(body)
    return update.told.words if update and update.told else ""


def check_secret(source: KnownSource, headers: dict[str, str]) -> None:
    """Raise Problem 401 unless the header shows the source's secret."""
    # Several may be valid for a while, separated by spaces.
    secrets = (source.signing_secret or source.body_secret).split()
    shown = headers.get(SECRET_HEADER, "").encode("latin-1")
    fits = [hmac.compare_digest(shown, secret.encode()) for secret in secrets]
    # A list and not a generator: the time must not tell which one fitted.
    if not any(fits):
        raise unauthorized(
            _("The header X-Telegram-Bot-Api-Secret-Token is missing or not the source's secret.")
        )


def receipt_of(source_id: int, body: bytes, *, max_lag: int | None = None) -> NewReceipt:
    """The receipt to store for an update. What is none goes to review as well."""
    update = read_update(body)
    told = update.told if update else None
    return NewReceipt(
        source_id=source_id,
        door=Door.TELEGRAM,
        body=body,
        key=f"{UPDATE}{update.update_id}" if update else key_of_body(body),
        # One after the other: "close" may be about whatever was written before it.
        thread=thread_name(f"chat:{told.chat.id}") if told else None,
        ignored=_why_ignored(update, max_lag) if update else "",
    )


def _why_ignored(update: Update, max_lag: int | None) -> str:
    told = update.told
    if told is None:
        return _("It is no message: it tells of something else that happened around the bot.")
    if not told.words and not any(getattr(told, name) for name in PICTURES):
        return _("It is a message without words.")
    written = told.written
    if max_lag is not None and written is not None:
        lag = (clock.now() - written).total_seconds()
        if lag > max_lag:
            return _(
                "It was written at %(told)s: it came %(lag)d seconds late, and its source allows"
                " %(most)d."
            ) % {"told": written.isoformat(), "lag": lag, "most": max_lag}
    return ""
