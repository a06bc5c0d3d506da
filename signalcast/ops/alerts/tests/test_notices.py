"""Notices get there, from the very process that noticed, and again when they did not."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models.functions import Now

from signalcast.channels.base import AddressError, Content
from signalcast.channels.models import Account
from signalcast.channels.telegram.text import text_of
from signalcast.ops.alerts.add_receiver import add_receiver
from signalcast.ops.alerts.compose_notice import compose_notice
from signalcast.ops.alerts.knock import knock
from signalcast.ops.alerts.models import Alert, Notice, Receiver
from signalcast.ops.alerts.notify import notify
from signalcast.ops.alerts.prune import prune_alerts
from signalcast.ops.alerts.try_receiver import try_receiver
from signalcast.ops.alerts.watch import Watch
from tests.serving import serving

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


class Heard:
    """A web server of an operator's: what it was sent, and what it answers."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.ids: list[str] = []
        self.status = 200


@contextmanager
def listening() -> Iterator[tuple[str, Heard]]:
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            heard.ids.append(self.headers["webhook-id"])
            self.do_GET()

        def do_GET(self) -> None:
            self.send_response(heard.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    with serving(server) as port:
        yield f"http://127.0.0.1:{port}/", heard


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Receivers are on this machine."""
    from signalcast.core.env import environment

    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
    environment.cache_clear()
    yield
    monkeypatch.undo()
    environment.cache_clear()


def fired(receiver: Receiver, about: str = "fired") -> Notice:
    alert = Alert.objects.create(key="latency:", rule="latency", words="It took 44 s.")
    return Notice.objects.create(alert=alert, receiver=receiver, about=about)


def test_a_notice_gets_there_and_is_not_sent_again() -> None:
    with listening() as (address, heard):
        fired(add_receiver("webhook", address, by="olga"))
        assert notify() == (1, 0)
        assert notify() == (0, 0)

    [body] = heard.bodies
    assert body["type"] == "alert.fired"
    assert body["data"]["alert"]["title"] == "Alert: Latency"
    assert "It took 44 s." in body["data"]["alert"]["text"]
    assert Notice.objects.get().sent_at is not None
    assert Receiver.objects.get().last_sent_at is not None


def test_one_that_did_not_get_there_is_tried_again_with_the_same_id() -> None:
    with listening() as (address, heard):
        fired(add_receiver("webhook", address, by="olga"))
        heard.status = 500
        assert notify() == (0, 1)
        assert "500" in Receiver.objects.get().last_error
        heard.status = 200
        Notice.objects.update(due=Now())
        assert notify() == (1, 0)

    assert len(set(heard.ids)) == 1
    assert Receiver.objects.get().last_error == ""


def test_a_receiver_that_is_broken_keeps_no_other_from_being_told() -> None:
    with listening() as (address, heard):
        for receiver in (
            Receiver.objects.create(kind="webhook", address="http://127.0.0.1:1/"),
            Receiver.objects.create(kind="telegram", address="12"),
            Receiver.objects.create(kind="email", address="ops@example.org"),
            Receiver.objects.create(kind="pigeon", address="roof"),
            add_receiver("webhook", address, by="olga"),
        ):
            fired(receiver)
        assert notify() == (1, 4)

    assert len(heard.bodies) == 1
    assert all(row.last_error for row in Receiver.objects.exclude(address=address))


def test_what_gets_nowhere_is_given_up_in_the_end() -> None:
    notice = fired(Receiver.objects.create(kind="webhook", address="http://127.0.0.1:1/"))
    Notice.objects.update(tries=11)
    notify()
    notice.refresh_from_db()

    assert notice.due is None
    assert notice.error


def test_nobody_who_was_switched_off_is_told() -> None:
    with listening() as (address, heard):
        fired(add_receiver("webhook", address, by="olga"))
        Receiver.objects.update(is_on=False)
        assert notify() == (0, 0)

    assert heard.bodies == []
    assert Notice.objects.get().due is None


@pytest.mark.parametrize("about", ["fired", "reminder", "resolved"])
def test_every_channel_has_words_for_it(about: str) -> None:
    receiver = Receiver.objects.create(kind="webhook", address="https://ops.example.org/")
    notice = fired(receiver, about)
    Alert.objects.update(words="<b>&" * 10_000)
    content: Content = compose_notice(Alert.objects.get(), notice.about)

    assert b"Latency" in text_of(content, "en")
    assert len(text_of(content, "en")) < 20_000


def test_a_receiver_needs_an_address_that_its_channel_knows() -> None:
    with pytest.raises(AddressError, match="There is no channel"):
        add_receiver("pigeon", "roof", by="olga")
    with pytest.raises(AddressError):
        add_receiver("webhook", "not an address", by="olga")
    with pytest.raises(AddressError, match="no such account"):
        add_receiver("email", "ops@example.org", by="olga")
    for name in ("one", "two"):
        Account.objects.create(kind="email", name=name, settings="{}")
    with pytest.raises(AddressError, match="several accounts"):
        add_receiver("email", "ops@example.org", by="olga")

    assert add_receiver("email", "ops@example.org", account="two", by="olga").account is not None
    again = add_receiver("email", "ops@example.org", account="one", by="olga")
    assert Receiver.objects.get() == again


def test_a_test_says_why_it_did_not_get_there() -> None:
    with listening() as (address, heard):
        receiver = add_receiver("webhook", address, by="olga")
        assert try_receiver(receiver, by="shell") == ""
        heard.status = 404
        assert "404" in try_receiver(receiver, by="shell")

    assert [body["type"] for body in heard.bodies] == ["alert.test", "alert.test"]


def test_the_outside_address_hears_or_does_not() -> None:
    with listening() as (address, heard):
        assert knock(address)
        heard.status = 500
        assert not knock(address)
    assert not knock(address)


def test_old_alerts_are_forgotten_and_those_that_last_are_not() -> None:
    receiver = Receiver.objects.create(kind="webhook", address="https://ops.example.org/")
    fired(receiver)
    fired(receiver)
    first = Alert.objects.order_by("pk").first()
    assert first
    Alert.objects.filter(pk=first.pk).update(resolved_at="2020-01-01T00:00:00Z")

    assert prune_alerts() == 1
    assert Notice.objects.count() == 1


@contextmanager
def no_database() -> Iterator[None]:
    """The database of this thread cannot be reached while the block lasts."""
    known = connection.settings_dict
    connection.close()
    away = {"NAME": "/nowhere/none.sqlite3", "HOST": "/nowhere"}
    connection.settings_dict = {**known, **away}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = known


def test_a_database_that_is_gone_is_told_without_it_and_once() -> None:
    with listening() as (address, heard):
        add_receiver("webhook", address, by="olga")
        watch = Watch(blind_for=0.0, settle=0.0)
        watch.watch(lambda: None)
        with no_database():
            for _ in range(3):
                watch.watch(lambda: None)
            assert not watch.sees
        watch.watch(lambda: None)

    told = [(body["type"], body["data"]["alert"]["title"]) for body in heard.bodies]
    assert told == [
        ("alert.fired", "Alert: Database"),
        ("alert.resolved", "Well again: Database"),
    ]


def test_a_moment_without_a_database_is_no_alert() -> None:
    with listening() as (address, heard):
        add_receiver("webhook", address, by="olga")
        watch = Watch(settle=0.0)
        seen = [watch.sees]  # nobody outside is told that all is well before it was seen
        watch.watch(lambda: None)
        with no_database():
            watch.watch(lambda: None)
            seen.append(watch.sees)

    assert seen == [False, True]
    assert heard.bodies == []


def ran(*words: str) -> str:
    out = io.StringIO()
    call_command("alerts", *words, stdout=out)
    return out.getvalue()


def test_the_command_lists_acknowledges_and_keeps_silence() -> None:
    assert ran() == "Nothing is wrong.\n"
    fired(Receiver.objects.create(kind="webhook", address="https://ops.example.org/"))
    alert = Alert.objects.get()
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("alerts", "--json", stdout=out)
    assert ended.value.code == 1
    assert json.loads(out.getvalue())[0]["rule"] == "latency"

    assert "acknowledged" in ran("ack", str(alert.pk))
    with pytest.raises(CommandError, match="waits for that"):
        ran("ack", str(alert.pk))
    assert "Nobody is told until" in ran("silence", "--minutes", "5", "--rule", "latency")
    assert "Nobody is told from 2" in ran("silence", "--in", "90")
    with pytest.raises(CommandError, match="--in must be"):
        ran("silence", "--in", "-1")
    with pytest.raises(CommandError, match="no rule"):
        ran("silence", "--rule", "moon")
    with pytest.raises(CommandError, match="between 1 and"):
        ran("silence", "--minutes", "0")
    assert "told again" in ran("resume")


def test_the_command_says_who_is_told() -> None:
    with listening() as (address, _heard):
        assert "is told" in ran("receive", "webhook", address)
        receiver = Receiver.objects.get()
        assert address in ran("receivers")
        assert "It got there." in ran("test", str(receiver.pk))
    with pytest.raises(CommandError):
        ran("test", str(receiver.pk))
    with pytest.raises(CommandError, match="no receiver 99"):
        ran("test", "99")
    with pytest.raises(CommandError, match="no channel"):
        ran("receive", "pigeon", "roof")
