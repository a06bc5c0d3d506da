"""Errors and spans, told to a receiver on this machine by processes of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

import signalcast
from signalcast.core.env import process_environment
from signalcast.core.ports import free_port
from signalcast.ops.telemetry.tests.receiver import receiver

pytestmark = pytest.mark.wide

BEGIN = """
import sys
from signalcast.core import env
env.use_settings()
import django; django.setup()
from signalcast.core import events, trace
from signalcast.ops.telemetry import telemetry
events.set_up()
"""


def run(code: str, *, before: str = "", **settings: str) -> str:
    """What a process writes to standard error. It must end well and soon."""
    program = BEGIN + before + "\ntelemetry.begin('worker')\n" + code + "\ntelemetry.end()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=process_environment() | {"SIGNALCAST_LOG_FORMAT": "json"} | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


FAILING = """
def fail(password):
    address = "alice@example.org"
    raise ValueError("cannot sign in with token=hunter2-secret at postgresql://app:hunter2@db/x")
for _ in range(3):
    try:
        with events.about(job=7, request="r-1"):
            fail("hunter2-argument")
    except ValueError as error:
        with events.about(job=7):
            events.warn("job.failed", api_key="hunter2-field", tries=3)
"""


def test_an_error_is_told_once_with_its_ids_and_release_and_without_secrets() -> None:
    with receiver() as told:
        run(FAILING, SENTRY_DSN=told.dsn)

    [event] = told.events
    assert event["release"] == f"signalcast@{signalcast.__version__}"
    assert event["tags"] == {"role": "worker", "event": "job.failed", "job": "7"}
    [error] = event["exception"]["values"]
    assert error["type"] == "ValueError"
    assert error["value"].startswith("cannot sign in with token=[hidden]")
    assert [frame["function"] for frame in error["stacktrace"]["frames"]] == ["<module>", "fail"]
    assert event["contexts"]["fields"]["tries"] == "3"
    assert b"hunter2" not in told.raw
    assert b"alice@example.org" not in told.raw
    assert "user" not in event
    assert "request" not in event


def test_what_ends_a_process_or_a_thread_is_told_too() -> None:
    code = (
        "import threading\n"
        "thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()\n"
        "import logging; log = logging.getLogger('django.request')\n"
        "log.warning('was expected', exc_info=PermissionError('no'))\n"
        "log.error('was not', exc_info=KeyError('gone'))"
    )
    with receiver() as told:
        run(code, SENTRY_DSN=told.dsn)

    kinds = {event["exception"]["values"][0]["type"] for event in told.events}
    assert kinds == {"ZeroDivisionError", "KeyError"}


def test_a_span_has_the_ids_of_its_block_and_the_kind_of_its_error_alone() -> None:
    code = (
        "with trace.span('job', job=7, name='prune_work'):\n"
        "    trace.annotate(rows=12)\n"
        "try:\n"
        "    with trace.span('send', delivery=9): raise OSError('token=hunter2')\n"
        "except OSError: pass"
    )
    with receiver() as told:
        run(code, OTEL_EXPORTER_OTLP_ENDPOINT=told.url)

    job, send = told.spans
    assert (job.name, job.failed) == ("job", "")
    assert job.attributes == {
        "signalcast.job": 7, "signalcast.name": "prune_work", "signalcast.rows": 12,
    }  # fmt: skip
    assert (send.name, send.failed) == ("send", "OSError")
    assert send.attributes["signalcast.delivery"] == 9
    assert send.resource["service.name"] == "signalcast"
    assert send.resource["service.version"] == signalcast.__version__
    assert send.resource["signalcast.role"] == "worker"
    assert b"hunter2" not in told.raw


def test_receivers_that_are_away_keep_nobody() -> None:
    nobody = f"127.0.0.1:{free_port()}"
    run(
        FAILING + "\nwith trace.span('job', job=1): pass",
        SENTRY_DSN=f"http://key@{nobody}/1",
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://{nobody}",
    )


def test_a_variable_without_its_package_gives_one_sentence_and_the_work_goes_on() -> None:
    gone = "sys.modules['sentry_sdk'] = None; sys.modules['opentelemetry'] = None"
    told = run(
        "print(*telemetry.problems(), sep='\\n', file=sys.stderr)",
        before=gone,
        SENTRY_DSN="http://key@127.0.0.1/1",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318",
    )

    sentry = "SENTRY_DSN is set, but its package is missing: pip install 'signalcast[sentry]'."
    otel = sentry.replace("SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT").replace("[sentry", "[otel")
    assert [told.count(sentence) for sentence in (sentry, otel)] == [2, 2]
    assert told.count("telemetry.off") == 2


def test_an_address_that_is_none_gives_one_sentence_without_the_address() -> None:
    told = run(FAILING, SENTRY_DSN="hunter2-not-an-address")
    [line] = [line for line in told.splitlines() if "telemetry.off" in line]

    assert "SENTRY_DSN cannot be used" in line
    assert "hunter2-not" not in line


def test_nothing_is_loaded_that_nobody_asked_for() -> None:
    loaded = run(
        "print([name for name in sys.modules if name in ('sentry_sdk', 'opentelemetry')],"
        " file=sys.stderr)"
    )
    assert loaded.strip() == "[]"


def test_nothing_is_told_when_observation_is_switched_off() -> None:
    with receiver() as told:
        off = {"SENTRY_DSN": told.dsn, "OTEL_EXPORTER_OTLP_ENDPOINT": told.url}
        run(FAILING + "\nwith trace.span('job', job=1): pass", SIGNALCAST_OBSERVE="off", **off)

    assert told.raw == b""
