"""An alert gets to people by e-mail, Telegram, a webhook and Apprise, fired and resolved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signalcast.channels.apprise.tests.peer import Peer as AppriseService
from signalcast.channels.email.tests.peer import Peer as MailServer
from signalcast.channels.models import Account
from signalcast.channels.telegram.tests.peer import CHAT
from signalcast.channels.telegram.tests.peer import Peer as Telegram
from signalcast.channels.webhook.tests.peer import Peer as Webhook
from signalcast.core.env import environment
from signalcast.ops.alerts.add_receiver import add_receiver
from signalcast.ops.alerts.evaluate import Evaluator
from signalcast.ops.alerts.models import Receiver
from signalcast.ops.alerts.notify import notify
from signalcast.ops.alerts.registry import rules
from signalcast.ops.alerts.rule import View
from signalcast.ops.health.waits import Place
from signalcast.pipeline import Queue

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

FIRED = "Alert: Wait in high"
RESOLVED = "Well again: Wait in high"


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Receivers are on this machine."""
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
    environment.cache_clear()
    yield
    monkeypatch.undo()
    environment.cache_clear()


def fire_and_resolve() -> None:
    """Rows wait for too long, and then no more; whoever is to be told is."""
    evaluator = Evaluator(rules(), clear_for=0.0)
    told = Receiver.objects.count()
    evaluator.evaluate(View(waits={Place("receipt", Queue.HIGH): 60.0}))
    assert notify() == (told, 0)
    evaluator.evaluate(View())
    assert notify() == (told, 0)


def test_by_mail() -> None:
    with MailServer() as server:
        Account.objects.create(kind="email", name="main", settings=server.address().account)
        add_receiver("email", "ops@example.org", by="olga")
        fire_and_resolve()

        subjects = [str(mail["Subject"]) for mail in server.mails]
        assert [FIRED in subjects[0], RESOLVED in subjects[1]] == [True, True]
        assert {str(mail["To"]) for mail in server.mails} == {"ops@example.org"}


def test_by_telegram() -> None:
    with Telegram() as telegram:
        Account.objects.create(kind="telegram", name="bot", settings=telegram.account())
        add_receiver("telegram", CHAT, by="olga")
        fire_and_resolve()

        fired, resolved = telegram.texts(CHAT)
        assert FIRED in fired
        assert "waiting for 60 s" in fired
        assert RESOLVED in resolved
        assert telegram.wrong == []


def test_by_webhook() -> None:
    with Webhook() as webhook:
        add_receiver("webhook", webhook.url("/ops"), by="olga")
        fire_and_resolve()

        fired, resolved = (arrival.json for arrival in webhook.arrivals)
        assert (fired["type"], resolved["type"]) == ("alert.fired", "alert.resolved")
        assert fired["data"]["alert"]["rule"] == "queue_wait_high"


def test_by_apprise() -> None:
    with AppriseService() as service:
        add_receiver("apprise", service.service(), by="olga")
        fire_and_resolve()

        assert service.received == [FIRED, RESOLVED]


def test_by_all_of_them_at_once_of_which_one_is_away() -> None:
    with MailServer() as server, Webhook() as webhook:
        Account.objects.create(kind="email", name="main", settings=server.address().account)
        add_receiver("email", "ops@example.org", by="olga")
        add_receiver("webhook", webhook.url("/ops"), by="olga")
        add_receiver("webhook", webhook.nowhere().address, by="olga")
        Evaluator(rules()).evaluate(View(waits={Place("receipt", Queue.HIGH): 60.0}))

        assert notify() == (2, 1)
        assert (len(server.mails), len(webhook.arrivals)) == (1, 1)
