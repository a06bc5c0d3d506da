"""One page per subscriber: everything that is known, newest first, by kind and in pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from signalcast.accounts.audit import audit
from signalcast.accounts.models import User
from signalcast.channels.models import Destination
from signalcast.channels.pause import pause
from signalcast.channels.resume import resume
from signalcast.delivery.models import Delivery, Post
from signalcast.payments.approve import approve
from signalcast.payments.models import Charge, Proof
from signalcast.payments.refund import refund
from signalcast.payments.tests.market import due, person, plan
from signalcast.plans.models import Plan, Reminder, Subscription, SubscriptionChange
from signalcast.portal.person_timeline import person_timeline
from signalcast.portal.tests.cast import signed_in, staff, text

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def alice() -> User:
    return person("alice", "subscriber")


@pytest.fixture
def gold() -> Plan:
    return plan()


def a_life(alice: User, gold: Plan) -> Subscription:
    """Bought, paid back in part, reminded, connected, looked at, in trouble."""
    charge = due(alice, gold)
    Proof.objects.create(charge=charge, kind="pdf", name="transfer.pdf", size=10)
    approve(charge.pk, by="olga@example.org")
    refund(Charge.objects.get().pk, amount=500, reason="A week without.", by="olga@example.org")
    one = Subscription.objects.get(user=alice)
    Reminder.objects.create(subscription=one, kind="renews", about=timezone.now())
    target = Destination.objects.create(owner=alice, kind="webhook", address="https://a.test/")
    pause(target)
    UserSession.objects.create(user=alice, ip="192.0.2.7", user_agent="Firefox", session_key="x")
    audit("accounts.looked_as", by="sue@example.org", target=alice.email, reason="Ticket 12")
    post = Post.objects.create(type="announcement.published", data={})
    for state in ("discarded", "stale", "sent"):
        post = Post.objects.create(type="announcement.published", data={})
        at = timezone.now()
        Delivery.objects.create(
            post=post, destination=target, state=state, due=None, finished_at=at
        )
    return one


def told(user: User, kind: str = "") -> list[str]:
    return [line.told.words for line in person_timeline(user, kind=kind).lines]


def test_all_that_is_known_is_on_one_page(alice: User, gold: Plan) -> None:
    one = a_life(alice, gold)
    page = text(signed_in(staff("sue", "support")), f"/app/subscribers/{one.pk}/")

    for words in (
        "The account was made", "Gold: waiting for payment → active", "29.00 EUR: paid",
        "Refund of 5.00 EUR: paid back", "A week without.", "(invoice) issued", "credit note",
        "transfer.pdf", "Reminder: it renews", "Connected: Webhook", "Turned off: Webhook",
        "Signed in", "Firefox", "Looked at the pages as this person", "sue@example.org · Ticket 12",
        "1 message given up, 1 came too late",
    ):  # fmt: skip
        assert words in page, words
    assert "192.0.2.7" not in page
    assert "End it at once" not in page


def test_it_is_newest_first_and_by_kind(alice: User, gold: Plan) -> None:
    a_life(alice, gold)
    moments = [line.at for line in person_timeline(alice).lines]
    assert moments == sorted(moments, reverse=True)
    assert told(alice, "mail") == ["Reminder: it renews"]
    assert told(alice, "delivery") == ["1 message given up, 1 came too late"]
    assert set(told(alice, "account")) == {"Signed in", "The account was made"}
    assert told(alice, "nothing") == []


def test_what_is_turned_on_again_is_not_told_as_off(alice: User) -> None:
    target = Destination.objects.create(owner=alice, kind="webhook", address="https://a.test/")
    pause(target)
    resume(target)
    assert told(alice, "destination") == ["Connected: Webhook"]


def test_nothing_of_anybody_else_is_on_it(alice: User, gold: Plan) -> None:
    a_life(person("bob"), gold)
    assert told(alice) == ["The account was made"]


def test_pages_show_every_line_once_also_of_one_moment(alice: User, gold: Plan) -> None:
    one = a_life(alice, gold)
    for number in range(7):
        one.changes.create(plan=gold, to_state="active", by="x", why=f"Change {number}.")
    same = timezone.now() - timedelta(hours=1)
    SubscriptionChange.objects.update(at=same)
    Reminder.objects.update(at=same)
    Destination.objects.update(created_at=same)
    for days in range(3):
        Delivery.objects.create(
            post=Post.objects.create(type="announcement.published", data={}),
            destination=Destination.objects.get(), state="discarded", due=None,
            finished_at=same - timedelta(days=days + 1),
        )  # fmt: skip
    whole = [line.cursor for line in person_timeline(alice).lines]
    assert len(whole) == len(set(whole)) > 20

    for size in (1, 2, 3, 5):
        seen: list[str] = []
        after = ""
        while True:
            shown = person_timeline(alice, after=after, size=size)
            seen += [line.cursor for line in shown.lines]
            after = shown.after
            if not after:
                break
        assert seen == whole, size


@pytest.mark.parametrize(
    "after", ["x", "2026-01-01~0~1", "9999-99-99T00:00:00+00:00~1~2", "2026-01-01~x~y",
              "2026-01-01T00:00:00+00:00~6~nothing", "2026-01-01T00:00:00+00:00~1~" + "9" * 40],
)  # fmt: skip
def test_a_cursor_that_is_none_breaks_nothing(alice: User, gold: Plan, after: str) -> None:
    one = a_life(alice, gold)
    client = signed_in(staff("olga", "owner"))
    assert client.get(f"/app/subscribers/{one.pk}/", {"after": after}).status_code == 200


def test_it_takes_as_many_statements_for_much_as_for_little(alice: User, gold: Plan) -> None:
    one = a_life(alice, gold)
    client = signed_in(staff("olga", "owner"))

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            text(client, f"/app/subscribers/{one.pk}/")
        return len(queries)

    few = statements()
    for number in range(20):
        one.changes.create(plan=gold, to_state="active", by="x", why=f"Change {number}.")
        Destination.objects.create(owner=alice, kind="webhook", address=f"https://{number}.test/")
    assert statements() == few


def test_a_long_timeline_has_older_pages(alice: User, gold: Plan) -> None:
    one = a_life(alice, gold)
    for number in range(60):
        one.changes.create(plan=gold, to_state="active", by="x", why=f"Change {number}.")
    client: Client = signed_in(staff("olga", "owner"))
    page = text(client, f"/app/subscribers/{one.pk}/?kind=subscription")
    assert "Change 59." in page
    assert "Change 5." not in page
    found = re.search(r'href="\?([^"]*)#timeline"', page)
    assert found
    older = text(client, f"/app/subscribers/{one.pk}/?{found[1].replace('&amp;', '&')}")
    assert "Change 5." in older
    assert "Change 59." not in older
