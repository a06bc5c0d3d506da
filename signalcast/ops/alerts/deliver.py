"""Send messages from this very process: workers and senders may be what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from signalcast.channels.base import Address, Content, Message, Outcome, Result
from signalcast.channels.registry import channel, kinds
from signalcast.core import events
from signalcast.ops.alerts.models import Receiver

#: Seconds for one message, with the opening of its transport.
WITHIN = 25.0


class Letter(NamedTuple):
    """A message and where it goes."""

    id: str
    kind: str
    address: Address
    content: Content


def address_of(receiver: Receiver) -> Address:
    """What a transport needs. It is no destination, so there is nothing to unsubscribe."""
    account = receiver.account.settings if receiver.account else ""
    return Address("", receiver.address, receiver.secret, account)


def deliver(letters: Sequence[Letter]) -> list[Result]:
    """Send all of them at the same time. Never raises for what the outside world does."""
    return asyncio.run(_all(letters))


async def _all(letters: Sequence[Letter]) -> list[Result]:
    return list(await asyncio.gather(*(_one(letter) for letter in letters)))


async def _one(letter: Letter) -> Result:
    if letter.kind not in kinds():
        return Result(Outcome.FAILED, detail=_("There is no such channel any more."))
    try:
        async with asyncio.timeout(WITHIN), channel(letter.kind).open() as transport:
            return await transport.send(Message(letter.id, letter.content), letter.address)
    except TimeoutError:
        return Result(Outcome.AMBIGUOUS, detail=_("It did not answer in time."))
    except Exception as error:  # one channel that breaks must not silence the others
        events.warn("alert.channel_broke", kind=letter.kind, error=type(error).__name__)
        return Result(Outcome.FAILED, detail=_("The channel broke. See the scheduler's log."))
