"""A program that listens to the live stream, and comes back where it was when it is cut off."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from typing import Any, Self


class Listener:
    """Keeps every event's data in the order they came. Use as a context manager."""

    def __init__(self, port: int, token: str, *, last_id: str = "") -> None:
        self.port = port
        self.token = token
        self.events: list[dict[str, Any]] = []
        self.connections = 0
        self.resets = 0
        self.last_id = last_id
        self._stopped = threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self.cut()
        self._thread.join(10)

    @property
    def comments(self) -> list[str]:
        """The comments of the signals that were heard."""
        return [event["data"]["signal"]["comment"] for event in self.events]

    def cut(self) -> None:
        """Lose the connection."""
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(2)

    def _run(self) -> None:
        while not self._stopped.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                self._listen()
            self._stopped.wait(0.1)

    def _listen(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}"}
        if self.last_id:
            headers["Last-Event-ID"] = self.last_id
        with contextlib.closing(self._connection):
            self._connection.request("GET", "/live/", headers=headers)
            with self._connection.getresponse() as answer:
                if answer.status == 200:
                    self._read(answer)

    def _read(self, answer: http.client.HTTPResponse) -> None:
        self.connections += 1
        event: dict[str, str] = {}
        while line := answer.readline().decode():
            name, _colon, value = line.rstrip("\n").partition(": ")
            if name:
                event[name] = value
                continue
            self._take(event)
            event = {}

    def _take(self, event: dict[str, str]) -> None:
        self.last_id = event.get("id", self.last_id)
        if event.get("event") == "reset":
            self.resets += 1
        elif "data" in event and event.get("event", "").startswith("signal."):
            self.events.append(json.loads(event["data"]) | {"heard_at": time.monotonic()})
