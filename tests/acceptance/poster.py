"""A sender of signals with a log of its own: what was answered with 2xx, and nothing else."""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

TOKEN = "acceptance-token"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door said, and how long it took in seconds; status 0 when nobody answered."""

    status: int
    body: dict[str, Any]
    seconds: float


def request(
    url: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """One request on a connection of its own."""
    parts = urllib.parse.urlsplit(url)
    began = time.monotonic()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request(method, parts.path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read()
        try:
            document = json.loads(text)
        except ValueError:
            document = {}
        return Answer(answer.status, document, time.monotonic() - began)
    except (OSError, http.client.HTTPException):
        return Answer(0, {}, time.monotonic() - began)
    finally:
        connection.close()


def status_of(url: str) -> int:
    """The status of a page; 0 when nobody answers."""
    return request(url).status


class Poster:
    """Posts signals and keeps the log A: the ids that were answered with 2xx."""

    def __init__(self, url: str, token: str = TOKEN) -> None:
        self.url = url
        self.token = token
        self.accepted: dict[str, str] = {}
        self.answers: list[Answer] = []
        self._lock = threading.Lock()

    def post(self, comment: str, /, **fields: Any) -> Answer:
        """Post one signal whose id and comment are COMMENT; a 2xx goes into the log."""
        new = {"symbol": "BTCUSDT", "side": "buy"} if "ref" not in fields else {}
        signal = {"id": comment, "comment": comment} | new | fields
        answer = self.send("/in/v1/signals", json.dumps(signal).encode())
        if answer.status == 202:
            with self._lock:
                self.accepted[comment] = answer.body["receipts"][0]["id"]
        return answer

    def insist(self, comment: str, /, **fields: Any) -> Answer:
        """Post until it is accepted, as a careful client does: always with the same id."""
        deadline = time.monotonic() + 60
        pause = threading.Event()
        while (answer := self.post(comment, **fields)).status != 202:
            assert time.monotonic() < deadline, answer
            pause.wait(0.05)
        return answer

    def hook(self, body: bytes, token: str | None = None) -> Answer:
        """Post to the hook, as TradingView does."""
        return self.send(f"/in/hooks/{token or self.token}", body)

    def send(self, path: str, body: bytes) -> Answer:
        """One request at a door."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        answer = request(self.url + path, "POST", body, headers)
        with self._lock:
            self.answers.append(answer)
        return answer

    def post_all(self, comments: Iterable[str], *, at_once: int = 8) -> None:
        """Post many, some at the same time, each until it is accepted."""
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(self.insist, comments))
