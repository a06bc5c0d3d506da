"""Whatever staff does is noted, on every page that takes an action and by every command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from signalcast.accounts.models import AuditEntry
from signalcast.ops.alerts.models import Alert, Receiver
from signalcast.ops.audit.tests.actions import ACTIONS, KEY, NO_ACTIONS, Action
from signalcast.ops.console.tests.addresses import addresses
from signalcast.ops.health.models import CheckState
from signalcast.portal.tests.cast import Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def entries() -> list[tuple[str, str]]:
    rows = AuditEntry.objects.order_by("pk")
    return list(rows.values_list("by", "action"))


@pytest.mark.parametrize("action", ACTIONS, ids=[f"{one.url}-{one.noted}" for one in ACTIONS])
def test_an_action_writes_who_did_it(cast: Cast, action: Action) -> None:
    parts, form = action.prepare(cast)
    AuditEntry.objects.all().delete()

    answer = cast.olga.post(reverse(action.url, kwargs=dict(parts)), form)

    assert answer.status_code in (200, 302), answer.content.decode()
    noted = [entry for entry in entries() if entry[1] == action.noted]
    assert noted == [("olga@example.org", action.noted)], entries()


def test_no_page_takes_an_action_that_is_not_tried_here() -> None:
    known = {action.url for action in ACTIONS} | NO_ACTIONS
    takes_post = {
        page.name for page in addresses("/") if Client().post(page.path).status_code != 405
    }

    assert takes_post <= known, "add what is missing to actions.py"


def test_what_came_to_nothing_is_not_noted(cast: Cast) -> None:
    for path, form in (
        ("/ops/alerts/999/acknowledge/", {}),
        ("/ops/alerts/receivers/", {"kind": "webhook", "address": "nonsense"}),
        ("/ops/health/disk/pause/", {"minutes": "15"}),
        ("/app/review/decide/", {"receipt": [KEY], "act": "approve"}),
        ("/app/deliveries/999/cancel/", {}),
        ("/app/feeds/new/", {"name": ""}),
    ):
        cast.olga.post(path, form)

    assert entries() == []


def test_what_subscribers_do_about_their_own_is_nobodys_business(cast: Cast) -> None:
    path = f"/app/destinations/{cast.world.alice.uid}/change/"
    for act in ("pause", "resume", "delete"):
        assert cast.alice.post(path, {"act": act}).status_code == 302

    assert entries() == []


def test_an_announcement_that_is_sent_twice_is_noted_once(cast: Cast) -> None:
    form = {"feed": str(cast.world.feed.pk), "title": "Holidays", "text": "-", "key": KEY,
            "act": "send"}  # fmt: skip
    for _number in range(2):
        cast.olga.post("/app/announcements/new/", form)

    assert entries() == [("olga@example.org", "announcements.made")]


def test_commands_are_noted_as_the_shell(tmp_path: Path) -> None:
    row = Alert.objects.create(key="disk:", open_key="disk:", rule="disk", words="-")
    CheckState.objects.create(name="disk")
    document = tmp_path / "document.json"
    document.write_text(json.dumps({"feeds": [{"slug": "majors", "name": "Majors"}]}))

    call_command("alerts", "ack", str(row.pk))
    call_command("alerts", "silence", "--minutes", "5")
    call_command("alerts", "resume")
    call_command("alerts", "receive", "webhook", "https://ops.example.org/")
    Receiver.objects.update(kind="telegram", address="12")
    with pytest.raises(Exception, match="account"):
        call_command("alerts", "test", str(Receiver.objects.get().pk))
    call_command("health", "--pause", "disk")
    call_command("health", "--resume", "disk")
    call_command("load", str(document))
    call_command("load", str(document))
    call_command("owner", "create", "me@example.org")

    assert entries() == [
        ("shell", action)
        for action in (
            "alerts.acknowledged", "alerts.silenced", "alerts.silence_ended",
            "alerts.receiver_added", "alerts.receiver_tested", "checks.paused", "checks.resumed",
            "documents.loaded", "owners.made",
        )
    ]  # fmt: skip
