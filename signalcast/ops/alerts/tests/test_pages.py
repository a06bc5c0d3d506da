"""The page of alerts: who may see and change what."""

from __future__ import annotations

import pytest
from django.test import Client

from signalcast.ops.alerts.models import Alert, Maintenance, Receiver, RuleSetting
from signalcast.portal.tests.cast import signed_in, staff, text

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/ops/alerts/"


@pytest.fixture
def olga() -> Client:
    return signed_in(staff("olga", "owner"))


@pytest.fixture
def otto() -> Client:
    return signed_in(staff("otto", "operator"))


def alert() -> Alert:
    return Alert.objects.create(
        key="latency:", open_key="latency:", rule="latency", words="It took <44> s."
    )


def test_what_lasts_is_shown_and_acknowledged_once(otto: Client) -> None:
    assert "Nothing is wrong." in text(otto, PAGE)
    row = alert()
    assert "It took &lt;44&gt; s." in text(otto, PAGE)

    said = otto.post(f"{PAGE}{row.pk}/acknowledge/", follow=True).content.decode()
    assert "no reminders are sent" in said
    said = otto.post(f"{PAGE}{row.pk}/acknowledge/", follow=True).content.decode()
    assert "somebody else acknowledged it" in said
    assert Alert.objects.get().acknowledged_by == "otto@example.org"


def test_receivers_are_added_switched_and_removed(otto: Client) -> None:
    add = f"{PAGE}receivers/"
    answer = otto.post(add, {"kind": "webhook", "address": "http://10.0.0.1/"})
    assert answer.status_code == 422
    assert "private or reserved address" in answer.content.decode()
    assert otto.post(add, {"kind": "pigeon", "address": "roof"}).status_code == 422
    assert otto.post(add, {}).status_code == 422
    otto.post(add, {"kind": "webhook", "address": "https://ops.example.org/"})
    row = Receiver.objects.get()
    assert row.address in text(otto, PAGE)

    otto.post(f"{add}{row.pk}/", {"act": "off"})
    assert not Receiver.objects.get().is_on
    otto.post(f"{add}{row.pk}/", {"act": "what"})
    otto.post(f"{add}{row.pk}/", {"act": "remove"})
    assert not Receiver.objects.exists()
    assert otto.post(f"{add}{row.pk}/", {"act": "off"}).status_code == 404


def test_a_test_that_fails_says_why(otto: Client) -> None:
    row = Receiver.objects.create(kind="telegram", address="12")

    said = otto.post(f"{PAGE}receivers/{row.pk}/", {"act": "test"}, follow=True)

    assert "It did not get there." in said.content.decode()


def test_silence_begins_and_ends(otto: Client) -> None:
    for minutes in ("", "0", "-3", "99999999999999999999", "x"):
        assert otto.post(f"{PAGE}silence/", {"minutes": minutes}).status_code == 422
    otto.post(f"{PAGE}silence/", {"minutes": "30", "reason": "update"})
    assert Maintenance.objects.get().by == "otto@example.org"
    assert "Nobody is told, says otto@example.org" in text(otto, PAGE)

    assert "Planned from" not in text(otto, PAGE)

    otto.post(f"{PAGE}silence/", {"minutes": "30", "begins_in": "60"})
    assert "Planned from" in text(otto, PAGE)
    otto.post(f"{PAGE}silence/", {"act": "end"})
    assert "Nobody is told, says" not in text(otto, PAGE)


def test_an_owner_changes_a_rule_and_an_operator_does_not(olga: Client, otto: Client) -> None:
    path = f"{PAGE}rules/latency/"
    text(otto, path, 403)
    assert "Empty: 30 s, as usual." in text(olga, path)
    for wrong in ("nan", "inf", "-1", "1e400", "x"):
        assert olga.post(path, {"is_on": "on", "threshold": wrong}).status_code == 422, wrong
    assert olga.post(path, {"throttle": "5"}).status_code == 422
    assert not RuleSetting.objects.exists()

    olga.post(path, {"is_on": "on", "threshold": "9.5", "throttle": "600"})
    row = RuleSetting.objects.get()
    assert (row.rule, row.threshold, row.throttle, row.is_on) == ("latency", 9.5, 600, True)
    assert "9.5 s" in text(olga, PAGE)
    olga.post(path, {"throttle": ""})
    row.refresh_from_db()
    assert (row.threshold, row.throttle, row.is_on) == (None, None, False)
    text(olga, f"{PAGE}rules/moon/", 404)


def test_nobody_else_gets_in() -> None:
    analyst, stranger = signed_in(staff("ann", "analyst")), Client()
    for path in (PAGE, f"{PAGE}rules/latency/"):
        text(analyst, path, 403)
        assert stranger.get(path).status_code == 302
    for path in (f"{PAGE}silence/", f"{PAGE}receivers/", f"{PAGE}1/acknowledge/"):
        assert analyst.post(path).status_code == 403
