"""The doors: where sources post. A bare ASGI application, for this is the hottest path there is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from http import HTTPStatus
from time import monotonic
from typing import Any, Protocol

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signalcast.core import events
from signalcast.core.env import environment
from signalcast.intake.answers import answer_list, answer_one
from signalcast.intake.committer import PATIENCE, Backlogged, Unavailable
from signalcast.intake.measures import INVALID, REFUSED, count_refused
from signalcast.intake.new_receipt import NewReceipt, Outcome
from signalcast.intake.note_refusal import note_refusal
from signalcast.intake.problems import Problem, unauthorized, wait_before_retry
from signalcast.intake.rate import Rate
from signalcast.intake.read_body import Gone, Receive, drain, read_body
from signalcast.intake.read_hook import read_hook
from signalcast.intake.read_signals import JSON, NDJSON, read_signals
from signalcast.intake.read_typed import read_typed
from signalcast.intake.sources import KnownSource, Sources
from signalcast.intake.states import Door
from signalcast.intake.telegram import check_secret, receipt_of

SIGNALS = "/in/v1/signals"
#: Doors whose path ends with the token.
BY_TOKEN = {"/in/hooks/": Door.HOOK, "/in/telegram/": Door.TELEGRAM}
#: Longest Idempotency-Key or webhook-id.
LONGEST_KEY = 256

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_encode = msgspec.json.encode
_JSON_TYPE = (b"content-type", b"application/json")
_PROBLEM_TYPE = (b"content-type", b"application/problem+json")


class Commits(Protocol):
    """What the doors ask of a committer."""

    async def accept(self, receipts: Sequence[NewReceipt], *, within: float = ...) -> list[Outcome]:
        """Store the receipts, each once. See `intake.committer`."""
        ...


class Doors:
    """Answers everything below /in/. Lives in one event loop."""

    def __init__(self, committer: Commits) -> None:
        settings = environment()
        self.committer = committer
        self.sources = Sources()
        self.rate = Rate(per_second=settings.intake_rate, burst=settings.intake_burst)
        self.most_bytes = settings.intake_max_body
        self.most_items = settings.intake_max_items

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            status, body = await self._answer(scope, receive)
            headers = [_JSON_TYPE]
        except Gone:
            return
        except Problem as problem:
            status, body = int(problem.status), _encode(problem.document())
            headers = [_PROBLEM_TYPE, *problem.headers]
            events.emit("request.refused", address=_peer(scope), status=status, why=problem.detail)
            count_refused(scope["path"], status)
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def close(self) -> None:
        """End the threads of the doors."""
        self.sources.close()

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        try:
            door, token = _door(scope, headers)
            content_type = _content_type(headers) if door is Door.TYPED else ""
            source, within = await self._source(token)
        except Problem:
            await drain(receive)
            raise
        try:
            return await self._take(door, source, receive, headers, content_type, within)
        except Problem as problem:
            if problem.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                note_refusal(source.id, problem.detail)
            raise

    async def _take(
        self,
        door: Door,
        source: KnownSource,
        receive: Receive,
        headers: dict[str, str],
        content_type: str,
        within: float,
    ) -> tuple[int, bytes]:
        """What a known source gets for its request."""
        body = await read_body(
            receive, most=self.most_bytes, declared=headers.get("content-length", "")
        )
        self._keep_rate(source, 1)
        if door is Door.TYPED:
            return await self._signals(source, headers, body, content_type, within)
        if door is Door.TELEGRAM:
            check_secret(source, headers)
            receipt = receipt_of(source.id, body, max_lag=source.max_lag)
            _status, answer = answer_one(await self._commit([receipt], within))
            return 200, answer
        receipt = read_hook(source, headers, body)
        return answer_one(await self._commit([receipt], within))

    async def _signals(
        self,
        source: KnownSource,
        headers: dict[str, str],
        body: bytes,
        content_type: str,
        within: float,
    ) -> tuple[int, bytes]:
        items, listed = read_signals(body, content_type=content_type, most=self.most_items)
        if len(items) > 1:
            self._keep_rate(source, len(items) - 1)
        key = headers.get("idempotency-key", "")
        receipts = [
            read_typed(source.id, item, request_key=f"{key}#{at}" if key and listed else key)
            for at, item in enumerate(items)
            if not isinstance(item, list)
        ]
        outcomes = await self._commit(receipts, within) if receipts else []
        if not listed:
            return answer_one(outcomes, items[0])
        answer = answer_list(items, outcomes)
        if len(receipts) < len(items):
            REFUSED.add(Door.TYPED.value, INVALID, by=len(items) - len(receipts))
        return answer

    async def _source(self, token: str) -> tuple[KnownSource, float]:
        """The source, and the seconds of patience that are left."""
        began = monotonic()
        try:
            source = await self.sources.find(token) if token else None
        except Unavailable:
            raise _unavailable() from None
        if source is None:
            raise unauthorized(_("The token is missing or not one of an active source."))
        return source, PATIENCE - (monotonic() - began)

    def _keep_rate(self, source: KnownSource, count: int) -> None:
        seconds = self.rate.wait(source.id, count)
        if seconds:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                ngettext(
                    "The source posts too fast. Try again in %(seconds)d second.",
                    "The source posts too fast. Try again in %(seconds)d seconds.",
                    seconds,
                )
                % {"seconds": seconds},
                headers=wait_before_retry(seconds),
            )

    async def _commit(self, receipts: list[NewReceipt], within: float) -> list[Outcome]:
        try:
            return await self.committer.accept(receipts, within=within)
        except Backlogged:
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                _("Too many signals wait to be stored. Nothing of this request was."),
                headers=wait_before_retry(1),
            ) from None
        except Unavailable:
            raise _unavailable() from None


def _peer(scope: Scope) -> str | None:
    peer = scope.get("client")
    return peer[0] if peer else None


def _door(scope: Scope, headers: dict[str, str]) -> tuple[Door, str]:
    """Which door it is, and the token that was shown."""
    path = scope["path"].rstrip("/")
    before, slash, token = path.rpartition("/")
    door = Door.TYPED if path == SIGNALS else BY_TOKEN.get(before + slash)
    if door is None:
        raise Problem(HTTPStatus.NOT_FOUND, _("There is no door here."))
    if scope["method"] != "POST":
        raise Problem(
            HTTPStatus.METHOD_NOT_ALLOWED,
            _("This door takes POST alone."),
            headers=[(b"allow", b"POST")],
        )
    if len(headers.get("idempotency-key", headers.get("webhook-id", ""))) > LONGEST_KEY:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            _("An Idempotency-Key may have %(most)d characters.") % {"most": LONGEST_KEY},
        )
    if door is not Door.TYPED:
        return door, token
    scheme, _space, token = headers.get("authorization", "").partition(" ")
    return door, token.strip() if scheme.lower() == "bearer" else ""


def _content_type(headers: dict[str, str]) -> str:
    found = headers.get("content-type", "").partition(";")[0].strip().lower()
    if found not in (JSON, NDJSON) or headers.get("content-encoding", "identity") != "identity":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            _("Send %(json)s or %(ndjson)s, not compressed.") % {"json": JSON, "ndjson": NDJSON},
        )
    return found


def _unavailable() -> Problem:
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        _("The database does not answer in time. Send the request again: it is stored once."),
        headers=wait_before_retry(1),
    )
