"""What the Bot API's answer to sendMessage means."""

from __future__ import annotations

from django.utils.translation import gettext as _

from signalcast.channels.base import Outcome, Result
from signalcast.channels.telegram.bot import Bot, Reply, read_reply
from signalcast.core.http import Answer
from signalcast.core.printable import printable

#: Seconds to leave a chat alone when Telegram says 429 and not for how long.
USUAL_WAIT = 30.0
#: Characters of Telegram's words that are shown to people.
SHOWN = 200
#: What Telegram calls chats that are not there (any more), in words that it has kept for years.
GONE = ("chat not found", "peer_id_invalid", "group chat was deactivated", "user is deactivated")

ACCEPTED = Result(Outcome.ACCEPTED, 200)


def judge(answer: Answer, bot: Bot) -> Result:
    """The result of one call. `moved_to` is set when the message has to be sent there instead."""
    reply = read_reply(answer)
    if reply is None:
        return _no_reply(answer)
    if reply.ok:
        return ACCEPTED
    status = reply.error_code or answer.status
    said = _said(reply, bot)
    if status == 429:
        wait = float(reply.parameters.retry_after or USUAL_WAIT)
        detail = _("Telegram asked to wait for %(seconds)d s.") % {"seconds": wait}
        return Result(Outcome.WAIT, status, detail, wait)
    if moved := reply.parameters.migrate_to_chat_id:
        detail = _("The group became a supergroup.")
        return Result(Outcome.FAILED, status, detail, moved_to=str(moved))
    if status in (401, 404):
        detail = _(
            "Telegram does not know the bot's token (%(status)d). Ask BotFather for a new one and"
            " enter it in the bot's account."
        )
        return Result(Outcome.FAILED, status, detail % {"status": status}, account_fails=True)
    if status == 403 or (status == 400 and any(gone in said.lower() for gone in GONE)):
        detail = _("Telegram does not let the bot write there: %(said)s. Connect the chat again.")
        words = said.rstrip(".") or str(status)
        return Result(Outcome.REFUSED, status, detail % {"said": words})
    detail = _("Telegram answered %(status)d.") % {"status": status}
    return Result(Outcome.FAILED, status, f"{detail} {said}".rstrip())


def _no_reply(answer: Answer) -> Result:
    """Something between us and the Bot API answered, or the answer was cut off."""
    status = answer.status
    if 200 <= status < 300:
        detail = _("Telegram's answer was not complete: the message may have arrived.")
        return Result(Outcome.AMBIGUOUS, status, detail)
    if status == 429:
        detail = _("It answered 429. It is left alone for %(seconds)d s.")
        return Result(Outcome.WAIT, status, detail % {"seconds": USUAL_WAIT}, USUAL_WAIT)
    return Result(Outcome.FAILED, status, _("It answered %(status)d.") % {"status": status})


def _said(reply: Reply, bot: Bot) -> str:
    """Telegram's words, for people. Words that repeat the token are not shown."""
    secret = bot.token.partition(":")[2]
    return "" if secret in reply.description else printable(reply.description, SHOWN)
