"""The web application driven as its server drives it, without a server: ASGI calls in a loop."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from signalcast.asgi import Site

TOKEN = "desk-token"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door said."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def ids(self) -> list[str]:
        """The receipts' ids."""
        return [receipt["id"] for receipt in self.body["receipts"]]

    @property
    def pointers(self) -> list[str]:
        """The fields that a problem names."""
        return [error["pointer"] for error in self.body["errors"]]


class Driven:
    """A running application. `post` from any thread, several at once with `begin`."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self._stop = asyncio.Event()
        self._started: Future[None] = Future()
        self._life = asyncio.run_coroutine_threadsafe(self._live(), self.loop)
        self._started.result(20)

    async def _live(self) -> None:
        self.site = Site()
        asked = 0

        async def receive() -> dict[str, Any]:
            nonlocal asked
            asked += 1
            if asked > 1:
                await self._stop.wait()
            return {"type": "lifespan.startup" if asked == 1 else "lifespan.shutdown"}

        async def send(message: Any) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._started.set_result(None)

        await self.site({"type": "lifespan"}, receive, send)

    def stop(self) -> None:
        """Drain and end."""
        self.loop.call_soon_threadsafe(self._stop.set)
        self._life.result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    def begin(
        self, path: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> Future[Answer]:
        """Begin a POST without waiting for its answer."""
        return asyncio.run_coroutine_threadsafe(self._post(path, body, headers or {}), self.loop)

    def post_together(
        self, path: str, bodies: list[bytes], headers: Mapping[str, str]
    ) -> list[Answer]:
        """Many POSTs that are all begun before the first is answered."""

        async def together() -> list[Answer]:
            return await asyncio.gather(*(self._post(path, body, headers) for body in bodies))

        return asyncio.run_coroutine_threadsafe(together(), self.loop).result(30)

    def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """One POST."""
        return self.begin(path, body, headers).result(20)

    def signal(self, body: Any, **headers: str) -> Answer:
        """Post to the typed door as the desk; what is no bytes is sent as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        known = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        return self.post("/in/v1/signals", data, known | named)

    def hook(self, body: Any, **headers: str) -> Answer:
        """Post to the hook as the desk."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(f"/in/hooks/{TOKEN}", data, named)

    async def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        pieces = [body[at : at + 65_536] for at in range(0, len(body), 65_536)] or [b""]
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            if not pieces:
                return {"type": "http.disconnect"}
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(message: Any) -> None:
            sent.append(message)

        named = {"content-length": str(len(body))} | dict(headers)
        scope = {
            "type": "http", "method": "POST", "path": path, "query_string": b"",
            "raw_path": path.encode(), "http_version": "1.1", "scheme": "http",
            "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "root_path": "",
        }  # fmt: skip
        await self.site(scope, receive, send)
        start = sent[0]
        text = b"".join(message.get("body", b"") for message in sent[1:])
        found = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        is_json = "json" in found.get("content-type", "")
        return Answer(start["status"], found, json.loads(text) if is_json else text)


@contextmanager
def driven() -> Iterator[Driven]:
    """An application that ends with the block."""
    made = Driven()
    try:
        yield made
    finally:
        made.stop()
