"""Log lines: their ids, what is taken out of them, and that they never harm the work."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest

from signalcast.core.env import environment, process_environment
from signalcast.core.redact import HIDDEN, redact, redacted, whole
from signalcast.core.request_ids import request_id

SECRETS = [
    ("postgresql://app:hunter2hunter2@db/app", "hunter2hunter2"),
    ("POST /in/hooks/0f3c9a-token-of-a-source answered 404", "0f3c9a-token-of-a-source"),
    ("/in/telegram/Zx81-token?x=1", "Zx81-token"),
    ("https://api.telegram.org/bot123456789:AAH-abcdefghijklmnopqrstuvwxyz123/x", "AAH-abcdef"),
    ("https://discord.com/api/webhooks/1234567890/aB_c-dEfGhIj", "aB_c-dEfGhIj"),
    ("https://hooks.slack.com/services/T0/B0/XyZ123", "XyZ123"),
    ("signed with whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8"),
    ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
    ("{'Authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpwYXNz"),
    ('{"api_key": "k-123456", "qty": 1}', "k-123456"),
    ("GET /live/?token=LiveToken1&since=2", "LiveToken1"),
    ("password='correct horse'", "correct"),
    ("signalcast send --token s3cr3t --action close", "s3cr3t"),
    ("it shows sct_Q1w2e3r4t5z6u7i8o9p0-_a", "Q1w2e3r4"),
    ("key sk_live_51Habcdefg", "51Habcdefg"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_in_a_text_is_hidden(text: str, secret: str) -> None:
    assert secret not in redacted(text)
    assert HIDDEN in redacted(text)


@pytest.mark.parametrize(
    "text", ["BUY BTCUSDT 64250", "https://bot.example.org:8443/signals", "5 tokens"]
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text


class Hostile(Exception):
    """Fails at everything."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    __str__ = __repr__


def shown(**fields: Any) -> dict[str, Any]:
    return redact(None, "info", fields)


def test_fields_with_secret_names_are_hidden_however_deep() -> None:
    told = shown(bot_token="x", headers={"Cookie": "y", "Accept": "z"}, tokens=5, password="")

    assert told["bot_token"] == HIDDEN
    assert told["headers"] == {"Cookie": HIDDEN, "Accept": "z"}
    assert told["tokens"] == 5


def test_what_cannot_be_written_is_described() -> None:
    loop: list[Any] = []
    loop.append(loop)
    told = shown(
        error=Hostile(), odd="\ud800", big=10**5000, nan=float("nan"), loop=loop, raw=b"\xff"
    )

    assert told["error"] == "<unreadable Hostile>"
    assert told["odd"] == "?"
    assert "bits" in told["big"]
    json.dumps(told).encode()


def test_the_whole_of_a_document_is_kept_but_for_its_secrets() -> None:
    text = "x" * 1_000_000 + " https://user:tell-nobody@example.org/"
    document = {"texts": [text], "api_key": "tell-nobody", "deep": [[[[[[[{"token": ["a"]}]]]]]]]}
    kept = whole(document)

    assert len(kept["texts"][0]) == len(text) - len("tell-nobody") + len(HIDDEN)
    assert "tell-nobody" not in str(kept)
    assert kept["deep"] == [[[[[[[{"token": HIDDEN}]]]]]]]
    assert whole({"token": None, "cookie": False, "n": 2**70}) == {
        "token": None,
        "cookie": False,
        "n": 2**70,
    }


def test_a_megabyte_is_cut_and_a_secret_at_the_cut_stays_hidden() -> None:
    text = "x" * 7_990 + " whsec_" + "s" * 40 + " y" * 1_000_000
    cut = shown(text=text)["text"]

    assert len(cut) < 9_000
    assert "characters)" in cut
    assert "ssss" not in cut


def written(code: str, **settings: str) -> list[dict[str, Any]]:
    """The lines that a process writes."""
    program = f"from signalcast.core import events; events.set_up()\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=process_environment() | {"SIGNALCAST_LOG_FORMAT": "json"} | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_line_carries_the_ids_of_what_is_under_way() -> None:
    lines = written(
        "with events.about(receipt='r1'):\n"
        "    with events.about(job=7): events.emit('a.happened', n=1)\n"
        "    events.emit('b.happened')\n"
        "events.emit('c.happened')"
    )

    assert [(one["event"], one.get("receipt"), one.get("job")) for one in lines] == [
        ("a.happened", "r1", 7), ("b.happened", "r1", None), ("c.happened", None, None),
    ]  # fmt: skip


def test_libraries_and_uncaught_errors_come_in_the_same_form_without_secrets() -> None:
    lines = written(
        "import logging, threading\n"
        "logging.getLogger('django.request').error('at /in/hooks/%s', 'tok-123456')\n"
        "logging.getLogger('odd').warning('%d', 'no number')\n"
        "def fail(): raise ValueError('Bearer abcdef123')\n"
        "one = threading.Thread(target=fail, name='one'); one.start(); one.join()\n"
        "fail()"
    )

    assert [one["event"] for one in lines] == [
        "library.warned", "library.warned", "thread.failed", "process.failed",
    ]  # fmt: skip
    assert lines[0]["library"] == "django.request"
    assert "Traceback" in lines[3]["exception"]
    assert "tok-123456" not in str(lines)
    assert "abcdef123" not in str(lines)


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_nobody_who_reads_the_lines_holds_up_who_writes_them(kind: str) -> None:
    if kind == "pipe":
        reader, writer = os.pipe()
    else:
        reader, writer = (one.detach() for one in socket.socketpair())
    code = (
        "from signalcast.core import events; events.set_up()\n"
        "for n in range(5_000): events.emit('x.happened', text='y' * 500)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=writer)
    os.close(writer)
    try:
        assert process.wait(30) == 0
    finally:
        process.kill()
        os.close(reader)


def test_a_log_that_cannot_be_written_harms_nobody() -> None:
    code = (
        "import sys; sys.stderr = open('/dev/full', 'w')\n"
        "from signalcast.core import events; events.set_up(); events.emit('x.happened')\n"
        "events.warn('y.happened'); print('still here'); sys.stdout.flush()\n"
        "import os; os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)

    assert done.stdout == "still here\n"


def test_an_id_is_taken_from_a_trusted_proxy_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALCAST_TRUSTED_PROXIES", "10.0.0.0/8")
    environment.cache_clear()
    try:
        assert request_id("from-proxy", "10.1.2.3") == "from-proxy"
        assert request_id("from-outside", "192.0.2.1") != "from-outside"
        assert request_id("with\nbreak", "10.1.2.3") != "with\nbreak"
        assert request_id("", "10.1.2.3") != request_id("", "10.1.2.3")
    finally:
        monkeypatch.undo()
        environment.cache_clear()


def test_threads_write_whole_lines() -> None:
    lines = written(
        "import threading\n"
        "def many():\n"
        "    for n in range(200): events.emit('x.happened', text='z' * 6_000)\n"
        "all = [threading.Thread(target=many) for _ in range(4)]\n"
        "[one.start() for one in all]; [one.join() for one in all]"
    )

    assert len(lines) == 800
