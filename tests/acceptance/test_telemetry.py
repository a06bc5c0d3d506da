"""A signal's way through real processes, as a collector and an error tracker are told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalcast.ops.telemetry.tests.receiver import Span, Told, receiver
from tests.acceptance.database import Database
from tests.acceptance.installation import installation
from tests.acceptance.plan import document
from tests.acceptance.poster import Poster, request
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

SECRET = "hunter2"


def spans(told: Told, name: str, attribute: str) -> dict[object, Span]:
    """The spans of a name, by the value of an attribute, where they have it."""
    return {
        one.attributes[f"signalcast.{attribute}"]: one
        for one in list(told.spans)
        if one.name == name and f"signalcast.{attribute}" in one.attributes
    }


def test_spans_name_the_signal_job_and_delivery_and_errors_come_without_secrets(
    directory: Path, targets: Receivers
) -> None:
    with (
        receiver() as told,
        installation(
            directory,
            Database(),
            SENTRY_DSN=told.dsn,
            OTEL_EXPORTER_OTLP_ENDPOINT=told.url,
            OTEL_BSP_SCHEDULE_DELAY="200",
        ) as made,
    ):
        made.prepare(document(targets, ["alice"]))
        made.start_all(workers=1, senders=1)
        # Before the signal, whose bell wakes the worker for both.
        name = f"no_such_job password={SECRET}"
        job = made.query(f"Job.objects.create(name={name!r}, arguments={{'token': {SECRET!r}}}).pk")
        assert request(f"{made.url}/sign-in/").status == 200
        Poster(made.url).insist("one")
        wait_for(lambda: targets.accepted("alice"), within=60, message="it arrives")
        receipt, signal, delivery = made.query(
            "[str(Receipt.objects.get().pk), str(Signal.objects.get().pk),"
            " Delivery.objects.get().pk]"
        )

        wait_for(
            lambda: (
                receipt in spans(told, "publish", "receipt")
                and delivery in spans(told, "send", "delivery")
                and job in spans(told, "job", "job")
                and "account_login" in spans(told, "request", "route")
                and told.events
            ),
            within=60,
            message="everything is told",
        )
        assert spans(told, "publish", "receipt")[receipt].attributes["signalcast.signal"] == signal
        sent = spans(told, "send", "delivery")[delivery]
        assert sent.attributes["signalcast.signal"] == signal
        assert sent.attributes["signalcast.channel"] == "webhook"
        assert sent.attributes["signalcast.outcome"] == "accepted"
        assert sent.resource["signalcast.role"] == "sender"
        asked = spans(told, "request", "route")["account_login"]
        assert asked.attributes["signalcast.status"] == 200
        assert asked.attributes["signalcast.request"]

        [failed] = [one for one in told.events if one["tags"]["event"] == "job.failed"]
        assert failed["tags"]["job"] == str(job)
        assert failed["exception"]["values"][0]["type"] == "LookupError"
        assert failed["tags"]["role"] == "worker"
        events = [repr(one) for one in told.events]
        assert not [one for one in events if SECRET in one or "alice" in one]
