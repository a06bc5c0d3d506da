"""The one client for requests to addresses that customers gave us. It trusts none of them."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from types import TracebackType
from typing import Any, NamedTuple, Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError, RawResponseMessage
from aiohttp.streams import EofStream, StreamReader
from django.utils.translation import gettext as _
from yarl import URL

from signalcast.core.addresses import is_public, literal
from signalcast.core.user_agent import USER_AGENT
from signalcast.core.why_not_sent import ClosedAddress, why_not_sent

#: Seconds until a connection (name, TCP, TLS) must stand, and for the whole exchange.
CONNECT_WITHIN = 5.0
ANSWER_WITHIN = 15.0
#: Bytes of an answer's body that are read; more is cut.
LONGEST_ANSWER = 65_536
#: Names looked up at the same time: one that hangs must not hold up the others.
LOOKUPS = 32
#: Origins whose connection parameters are kept.
ORIGINS_KEPT = 4_096
#: What `check_url` makes of nearly every address: origin, and a path that can be sent as it is.
PLAIN_ADDRESS = re.compile(r"(https?://[a-z0-9.-]+(?::[0-9]+)?)(/[!\"$-~]*)")

Lookup = Callable[..., list[tuple[Any, ...]]]


class WrongUrl(ValueError):
    """A URL that nothing may be sent to; the text says why."""


class Unreachable(Exception):
    """Nothing was sent; the text says why, in words."""


class NoAnswer(Exception):
    """The request went out, or part of it, and no answer came: the receiver may have it.

    `dropped`: the connection had been used before and was closed when it was used again, as
    servers do with idle ones, so that trying once more at once is worth it.
    """

    def __init__(self, text: str, *, dropped: bool = False) -> None:
        super().__init__(text)
        self.dropped = dropped


class Answer(NamedTuple):
    """What came back: status, headers, and as much of the body as the client reads."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def check_url(text: str, *, allow_private: bool) -> URL:
    """The URL in TEXT, if requests may go there. Raises WrongUrl with a sentence.

    A host name is not looked up here: what it leads to is checked at every connection.
    """
    if any(ord(character) <= 32 for character in text):
        raise WrongUrl(_("The address must not contain spaces or control characters."))
    try:
        url = URL(text)
        port = url.port
    except ValueError:
        raise WrongUrl(_("This is not a web address.")) from None
    if url.scheme not in ("http", "https"):
        raise WrongUrl(_("The address must begin with https:// or http://."))
    if not url.host or not port:
        raise WrongUrl(_("The address has no host name."))
    if url.user is not None or url.password is not None:
        raise WrongUrl(_("The address must not contain a user name or password."))
    address = literal(url.host)
    local = url.host.rstrip(".").lower()
    if address is None and (local == "localhost" or local.endswith(".localhost")):
        address = "127.0.0.1"
    if address is not None and not allow_private and not is_public(address):
        raise WrongUrl(
            _("%(host)s is a private or reserved address. Use one of the public Internet.")
            % {"host": url.host}
        )
    return url.with_fragment(None)


class Client:
    """Asks public addresses only. Open it with `async with`, inside the loop that uses it.

    Every address is checked after the name was looked up and again on the socket that is about
    to connect, so that neither a literal nor a changing DNS answer gets past. No redirects,
    cookies, proxies or decompression.
    """

    def __init__(
        self,
        *,
        allow_private: bool,
        lookup: Lookup = socket.getaddrinfo,
        connect_within: float = CONNECT_WITHIN,
        answer_within: float = ANSWER_WITHIN,
        longest_answer: int = LONGEST_ANSWER,
    ) -> None:
        self._allow_private = allow_private
        self._lookup = lookup
        self._longest = longest_answer
        self._timeout = aiohttp.ClientTimeout(total=answer_within, connect=connect_within)
        self._origins: dict[str, _Origin] = {}

    async def __aenter__(self) -> Self:
        self._connector = aiohttp.TCPConnector(
            limit=0,
            resolver=_Resolver(self._lookup, self._allow_private),
            ttl_dns_cache=30,
            socket_factory=self._socket,
        )
        self._limit = _Limit(self._timeout.total or ANSWER_WITHIN)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._limit.forget()
        await self._connector.close()

    async def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post BODY to a web address. Raises Unreachable or NoAnswer, whose texts are sentences.

        HEADERS are written as they are: nothing from outside may be in them unchecked.
        """
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        return await self._ask("POST", address, f"{lines}Content-Length: {len(body)}\r\n", body)

    async def get(self, address: str) -> Answer:
        """What is at a web address. Raises as `post` does."""
        return await self._ask("GET", address)

    async def _ask(self, method: str, address: str, lines: str = "", body: bytes = b"") -> Answer:
        origin, path = self._find(address)
        try:
            connection = await self._connector.connect(origin.request, [], self._timeout)
        except TimeoutError as error:
            raise Unreachable(
                _("No connection to port %(port)s stood within %(seconds)g s.")
                % {"port": origin.request.url.port, "seconds": self._timeout.connect}
            ) from error
        except (OSError, aiohttp.ClientError, UnicodeError) as error:
            raise Unreachable(why_not_sent(error, origin.request.url)) from error
        protocol = connection.protocol
        used = hasattr(protocol, "answered")
        head = f"{method} {path} {origin.head}{lines}\r\n"
        try:
            message, payload, until = await self._exchange(protocol, head.encode() + body)
            answer = Answer(message.code, message.headers, await self._read(payload, until))
            # Goes back to the pool only if the answer was read to its end.
            connection.release()
            return answer
        except (TimeoutError, OSError, EofStream, aiohttp.ClientError, HttpProcessingError) as e:
            raise self._no_answer(e, used=used) from e
        finally:
            connection.close()

    async def _exchange(
        self, protocol: ResponseHandler | None, request: bytes
    ) -> tuple[RawResponseMessage, StreamReader, float]:
        """Write a request and wait for the head of its answer. The rest has to be there in time.

        aiohttp's session costs as much again as all the rest of a request; its connections, TLS
        and parser are what is worth having.
        """
        if protocol is None or protocol.transport is None:
            raise aiohttp.ServerDisconnectedError
        until = self._limit.begin(protocol)
        try:
            protocol.set_response_params(read_until_eof=True, auto_decompress=False)
            protocol.transport.write(request)
            message, payload = await protocol.read()
            while 100 <= message.code < 200 and message.code != 101:
                message, payload = await protocol.read()
        finally:
            self._limit.end(protocol)
        protocol.answered = True  # type: ignore[attr-defined]
        return message, payload, until

    def _find(self, address: str) -> tuple[_Origin, str]:
        """An address's origin, and the rest of it as it stands in a request."""
        if plain := PLAIN_ADDRESS.fullmatch(address):
            name, path = plain.groups()
        else:
            try:
                url = URL(address)
                name, path = str(url.origin()), url.raw_path_qs
            except ValueError as error:
                raise Unreachable(_("This is not a web address.")) from error
        origin = self._origins.get(name)
        if origin is None:
            if len(self._origins) >= ORIGINS_KEPT:
                self._origins.clear()
            origin = self._origins[name] = _Origin(name)
        return origin, path

    async def _read(self, payload: StreamReader, until: float | None) -> bytes:
        """The start of the body. What goes wrong here changes nothing: the answer is known."""
        parts: list[bytes] = []
        left = self._longest
        try:
            if payload.is_eof():
                return payload.read_nowait(left)
            async with asyncio.timeout_at(until):
                while left and not payload.at_eof():
                    parts.append(await payload.read(left))
                    left -= len(parts[-1])
        except (TimeoutError, OSError, aiohttp.ClientError, HttpProcessingError):
            pass
        return b"".join(parts)

    def _socket(self, address: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _name, target = address
        if not self._allow_private and not is_public(target[0]):
            raise ClosedAddress(target[0])
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.setblocking(False)
        return made

    def _no_answer(self, error: BaseException, *, used: bool) -> NoAnswer:
        if isinstance(error, TimeoutError):
            return NoAnswer(
                _("It did not answer within %(seconds)g s.") % {"seconds": self._timeout.total}
            )
        if isinstance(error, HttpProcessingError):
            return NoAnswer(_("It answered something that is not HTTP."))
        if isinstance(error, aiohttp.ServerDisconnectedError | EofStream):
            return NoAnswer(_("It closed the connection instead of answering."), dropped=used)
        return NoAnswer(_("The connection broke before it answered."), dropped=used)


class _Limit:
    """Ends exchanges whose answer does not begin in time.

    All of them have equally long, so they run out in the order they began in, and one timer does
    for all. `asyncio.timeout` sets one for each, which is an eighth of all that a sender does.
    """

    def __init__(self, within: float) -> None:
        self._within = within
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._until: dict[ResponseHandler, float] = {}

    def begin(self, protocol: ResponseHandler) -> float:
        """Count from now. Returns when, by the loop's clock, it has taken too long."""
        until = self._until[protocol] = self._loop.time() + self._within
        if self._timer is None:
            self._timer = self._loop.call_at(until, self._end_late)
        return until

    def end(self, protocol: ResponseHandler) -> None:
        """Its answer has begun, or it failed."""
        self._until.pop(protocol, None)

    def forget(self) -> None:
        """Nobody waits any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _end_late(self) -> None:
        now = self._loop.time()
        late = list(takewhile(lambda one: self._until[one] <= now, self._until))
        for protocol in late:
            del self._until[protocol]
            protocol.set_exception(TimeoutError())
        self._timer = None
        if first := next(iter(self._until.values()), None):
            self._timer = self._loop.call_at(first, self._end_late)


class _Origin:
    """Where to connect, and what all requests there have in common."""

    __slots__ = ("head", "request")

    def __init__(self, name: str) -> None:
        try:
            # The connector asks a request where to connect; ours are written by `_ask`.
            self.request = aiohttp.ClientRequest("POST", URL(name))
        except ValueError as error:
            raise Unreachable(_("This is not a web address.")) from error
        host = self.request.url.host_port_subcomponent
        self.head = f"HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {USER_AGENT}\r\n"


class _Resolver(AbstractResolver):
    """Looks names up on threads of its own and gives out public addresses only."""

    def __init__(self, lookup: Lookup, allow_private: bool) -> None:
        self._lookup = lookup
        self._allow_private = allow_private
        self._threads = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._look_up, host, port, family
        )
        allowed = [row for row in found if self._allow_private or is_public(str(row[4][0]))]
        if found and not allowed:
            raise ClosedAddress(str(found[0][4][0]))
        return [
            ResolveResult(
                hostname=host,
                host=str(target[0]),
                port=port,
                family=row_family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for row_family, _kind, protocol, _name, target in allowed
        ]

    def _look_up(self, host: str, port: int, family: int) -> list[tuple[Any, ...]]:
        return self._lookup(host, port, family=family, type=socket.SOCK_STREAM)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
