"""The helper's own program: reads questions as lines of JSON, answers each from a thread.

`{"id", "do": "check", "url", "private"}` is answered with `problem` (empty when it can be used)
and `shown`; `{"id", "do": "say", "url", "private", "title", "body", "within"}` first with `begun`,
then with `ok`, `said` and `closed`; `{"id", "do": "drop"}` breaks what is still going on. Ends with
its input, and when nobody asks for IDLE seconds. Knows nothing of Django: it starts in half a
second and holds no secrets but those of the message in hand.
"""

from __future__ import annotations

import json
import os
import re
import resource
import select
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

import apprise

from signalcast.channels.apprise.guard import Leash, enforce, put_on
from signalcast.core.addresses import is_public, literal

#: Seconds without a question after which the memory is worth more than the start costs.
IDLE = 300.0
#: Bytes of memory: an answer that never ends takes this process along and no other.
MEMORY = 512 * 1_024 * 1_024
#: Pieces of an address shorter than this are no secrets, and stand in many sentences.
SHORTEST_SECRET = 4
#: Seconds until a connection must stand.
CONNECT_WITHIN = 5.0
#: Seconds between two parts of a message that is too long for its service.
BETWEEN_PARTS = 1.0


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the library prints is no answer
    _be_modest()
    enforce()
    Helper(answers).run()
    os._exit(0)


def _be_modest() -> None:
    """Little memory, low priority, and the first to go when the machine runs out of memory."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    threading.stack_size(1_024 * 1_024)
    os.nice(5)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


class Helper:
    """Answers questions, each on a thread of its own. Whoever asks sees to their number."""

    def __init__(self, answers: Any) -> None:
        self._answers = answers
        self._lock = threading.Lock()
        self._leashes: dict[int, Leash] = {}

    def run(self) -> None:
        """Answer until the input ends."""
        for question in self._questions():
            number = question["id"]
            if question["do"] == "drop":
                if leash := self._leashes.get(number):
                    leash.cut()
                continue
            self._leashes[number] = Leash(allow_private=question["private"])
            threading.Thread(target=self._answer, args=(question,), daemon=True).start()

    def _questions(self) -> Iterator[dict[str, Any]]:
        waiting = b""
        while True:
            ready, _, _ = select.select([0], [], [], IDLE)
            if not ready and not self._leashes:
                return
            if not ready:
                continue
            more = os.read(0, 65_536)
            if not more:
                return
            *lines, waiting = (waiting + more).split(b"\n")
            yield from (json.loads(line) for line in lines)

    def _answer(self, question: dict[str, Any]) -> None:
        number = question["id"]
        leash = self._leashes[number]
        put_on(leash)
        try:
            if question["do"] == "say":
                self._tell({"id": number, "begun": True})
                found = _say(question, leash)
            else:
                found = _check(question["url"], allow_private=question["private"])
        except BaseException as error:  # MemoryError and what services exit with among them
            found = {"ok": False, "problem": "unusable", "said": type(error).__name__}
        leash.close()
        self._leashes.pop(number, None)
        self._tell({"id": number, **found})

    def _tell(self, answer: dict[str, Any]) -> None:
        with self._lock:
            self._answers.write(json.dumps(answer) + "\n")
            self._answers.flush()


def _asset() -> apprise.AppriseAsset:
    return apprise.AppriseAsset(
        app_id="Signalcast",
        app_desc="Signalcast",
        image_url_mask="",
        image_url_logo="",
        # Everything happens on the thread that asks, once, and is given up from outside.
        async_mode=False,
        service_timeout=0,
        storage_mode="memory",
        http_redirects=False,
        allow_templates=False,
    )


def _service(url: str) -> apprise.NotifyBase | None:
    return apprise.Apprise.instantiate(url, asset=_asset())


def _check(url: str, *, allow_private: bool) -> dict[str, Any]:
    service = _service(url)
    if service is None:
        return {"problem": "unknown"}
    if service.category != "native" or "{schema}://" in service.templates:
        return {"problem": "local"}
    if _named(service) and not allow_private and not _may_be_public(service.host or ""):
        return {"problem": "private"}
    return {"problem": "", "shown": _shown(service)}


def _may_be_public(host: str) -> bool:
    """Whether a host can lead to the public. Names are looked up when something is sent."""
    name = host.rstrip(".").lower()
    address = "127.0.0.1" if name.endswith("localhost") else literal(name)
    return address is None or is_public(address)


def _shown(service: apprise.NotifyBase) -> str:
    """What may be shown: a server's name, or the library's own form without secrets."""
    private = str(service.url(privacy=True)).partition("?")[0]  # type: ignore[no-untyped-call]
    if not _named(service):
        return private
    port = f":{service.port}" if service.port else ""
    return f"{private.partition('://')[0]}://{service.host}{port}/…"


def _say(question: dict[str, Any], leash: Leash) -> dict[str, Any]:
    if _check(question["url"], allow_private=question["private"])["problem"] not in ("", "private"):
        return {"ok": False, "said": ""}
    service: Any = _service(question["url"])
    # Whatever the address asks for: no retries of its own, no success that is none, no redirects,
    # nothing cut off, and an end.
    service.optional, service.retry, service.redirects = False, 0, False
    service.overflow_mode = "split"
    service.socket_connect_timeout = CONNECT_WITHIN
    # Whoever asked gives up first: silence is then known to be silence.
    service.socket_read_timeout = question["within"] + 1.0
    service.request_rate_per_sec = min(service.request_rate_per_sec, BETWEEN_PARTS)
    title, body = question["title"], question["body"]
    if len(title) > service.title_maxlen > 0:
        title, body = "", f"{title}\n\n{body}"
    speaker = apprise.Apprise(asset=service.asset)
    speaker.add(service)
    result = speaker.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    said = [] if result else list(dict.fromkeys(entry.message for entry in result.logs()))
    return {
        "ok": bool(result),
        "said": _safe(said, question["url"], service),
        "closed": leash.closed,
    }


def _safe(sentences: list[str], url: str, service: apprise.NotifyBase) -> str:
    """What the library said, without the sentences that repeat something of the address.

    The name of a server is no secret; where services have none, a token stands in its place.
    """
    rest = url.partition("://")[2]
    pieces = {unquote(piece) for piece in re.split(r"[/?&=@:#,]", rest)} | {rest}
    secrets = {piece for piece in pieces if len(piece) >= SHORTEST_SECRET}
    if _named(service):
        secrets.discard(service.host or "")
    return " ".join(
        sentence for sentence in sentences if not any(secret in sentence for secret in secrets)
    )


def _named(service: apprise.NotifyBase) -> bool:
    """Whether it speaks to a server that its address names."""
    templates: tuple[str, ...] = service.templates
    return any("{host}" in template for template in templates)


if __name__ == "__main__":
    main()
