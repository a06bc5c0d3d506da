"""Any service that Apprise speaks: Slack, Pushover, ntfy, Matrix and a hundred others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.channels.apprise.helper import Answer, Helper, NoAnswer, NoHelper
from signalcast.channels.apprise.load import Busy, Hanging
from signalcast.channels.base import (
    Address,
    AddressError,
    Hidden,
    Limits,
    Message,
    Outcome,
    Result,
    Transport,
)
from signalcast.channels.wording import TooLong, word
from signalcast.core.env import environment
from signalcast.core.printable import printable

#: Characters of a message, for all services; those that take fewer get it in parts.
ROOM = 1_000
#: Characters of what a service said that are shown to people.
SHOWN = 200
#: Seconds until there may be room in the helper again.
BUSY_FOR = 2.0
LONGEST_ADDRESS = 2_000

PROBLEMS = {
    "unknown": gettext_lazy(
        "This is not the address of a service. It looks like slack://… or ntfy://…: find yours at "
        "https://appriseit.com/services/."
    ),
    "local": gettext_lazy(
        "This service would do something on the server itself. Choose one that sends over the "
        "network."
    ),
    "private": gettext_lazy(
        "The address leads to a private or reserved host. Use one of the public Internet."
    ),
}


class Apprise:
    """The channel."""

    kind = "apprise"
    limits = Limits(
        in_flight=2,
        rate=1.0,
        burst=5,
        # The library says yes or no, and nothing else.
        untold=frozenset({Outcome.REFUSED, Outcome.WAIT, Outcome.AMBIGUOUS}),
        carries_ids=False,
    )
    #: With the time that the helper has for its start, this stays under 20 s.
    answer_within = 12.0

    def __init__(self) -> None:
        self.helper = Helper()

    def check_address(self, text: str) -> str:
        """The address of a service, as it was given."""
        url = text.strip()
        self._check(url)
        return url

    def hide(self, address: str) -> Hidden:
        """Show the service and its server only: nearly every address has a token in it."""
        shown = self._check(address)["shown"]
        # Two of somebody's may look alike otherwise.
        mark = salted_hmac("signalcast.channels.apprise", address).hexdigest()[:6]
        return Hidden(f"{printable(shown, 300)} ({mark})", address)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Transport]:
        """A transport. The helper that it speaks through starts with the first message."""
        yield AppriseTransport(self.helper, self.answer_within)

    def _check(self, url: str) -> Answer:
        if not url.isprintable() or len(url) > LONGEST_ADDRESS or "://" not in url:
            raise AddressError(str(PROBLEMS["unknown"]))
        private = environment().allow_private_destinations
        try:
            answer = _checked(self.helper, url, private)
        except NoHelper:
            raise AddressError(
                _("The address could not be checked at the moment. Try again in a minute.")
            ) from None
        if problem := answer["problem"]:
            raise AddressError(str(PROBLEMS.get(problem, PROBLEMS["unknown"])))
        return answer


@lru_cache(maxsize=128)
def _checked(helper: Helper, url: str, private: bool) -> Answer:
    return helper.check(url, private=private)


class AppriseTransport:
    """Has messages sent by the helper, and waits for it no longer than it may take."""

    def __init__(self, helper: Helper, answer_within: float) -> None:
        self._helper = helper
        self._within = answer_within

    async def send(self, message: Message, address: Address) -> Result:
        """Send once. See `Transport.send`."""
        url = address.secret or address.address
        try:
            words = word(message.content, kind="apprise", language=address.language, most=ROOM)
        except TooLong as error:
            return Result(Outcome.FAILED, detail=str(error))
        question = {
            "url": url,
            "private": environment().allow_private_destinations,
            "title": words.subject,
            "body": words.body or words.subject,
        }
        try:
            answer = await self._helper.say(question, server=_server(url), within=self._within)
        except Busy:
            detail = _("Many messages of this kind are on their way: it waits for its turn.")
            return Result(Outcome.WAIT, detail=detail, wait=BUSY_FOR)
        except Hanging:
            return Result(Outcome.FAILED, detail=_("Earlier messages to this service still hang."))
        except NoHelper:
            return Result(Outcome.FAILED, detail=_("The process that speaks to it did not start."))
        except NoAnswer:
            return Result(Outcome.AMBIGUOUS, detail=_no_answer(self._within))
        return _judge(answer)


def _no_answer(within: float) -> str:
    return _("It was not done within %(seconds)g s.") % {"seconds": within}


def _judge(answer: Answer) -> Result:
    if answer["ok"]:
        return Result(Outcome.ACCEPTED)
    if closed := answer.get("closed"):
        detail = _("It leads to the private or reserved address %(address)s.")
        return Result(Outcome.FAILED, detail=detail % {"address": printable(closed, 60)})
    said = printable(answer.get("said", ""), SHOWN)
    if said and not said.endswith("."):
        said += "."
    return Result(Outcome.FAILED, detail=f"{_('The service did not take it.')} {said}".rstrip())


def _server(url: str) -> str:
    """What stands where a server's name does; some services have a token there."""
    place = url.partition("://")[2].partition("/")[0].partition("?")[0]
    return place.rpartition("@")[2].lower()


channel = Apprise()
