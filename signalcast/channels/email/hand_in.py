"""Hand in a single mail, outside of deliveries."""

from __future__ import annotations

import asyncio

from aiosmtplib import SMTPException, SMTPResponseException

from signalcast.channels.email.connections import Connections
from signalcast.channels.email.server import Server
from signalcast.channels.email.sign import sign
from signalcast.core.printable import printable

#: Seconds.
WITHIN = 15.0
#: Characters of what a server says that are kept.
SHOWN = 200


class Refused(Exception):
    """The server will never take this mail; the text says why."""


class Unreachable(Exception):
    """The server did not take the mail now; the text says why."""


def hand_in_mail(mail: bytes, recipient: str, server: Server) -> None:
    """Sign MAIL and hand it in. Raises WrongServer, Refused and Unreachable."""
    asyncio.run(_hand_in(sign(mail, server), recipient, server))


async def _hand_in(mail: bytes, recipient: str, server: Server) -> None:
    connections = Connections(WITHIN)
    try:
        async with asyncio.timeout(WITHIN), connections.line(server) as line:
            await line.client.mail(server.address, options=["BODY=8BITMIME"])
            await line.client.rcpt(recipient)
            await line.client.data(mail)
    except SMTPResponseException as error:
        said = f"The mail server answered {error.code}: {printable(error.message, SHOWN)}"
        raise (Refused if error.code >= 500 else Unreachable)(said) from None
    except (TimeoutError, SMTPException, OSError) as error:
        raise Unreachable(f"{server.host} cannot be reached: {type(error).__name__}") from None
    finally:
        await connections.close()
