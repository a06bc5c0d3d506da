"""Somebody adds destinations, tries them, pauses and deletes them; nobody touches another's."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from signalcast.channels.models import Account, Broadcast, Destination
from signalcast.channels.webhook.tests.peer import Peer, plain
from signalcast.delivery.models import Delivery
from signalcast.delivery.tests.conftest import loopback, peer
from signalcast.delivery.tests.outbox import sending, wait_for_attempts, wait_for_state
from signalcast.feeds.models import Feed
from signalcast.portal.tests.cast import Cast, signed_in, staff, text

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["loopback", "peer"]


def change(uid: object) -> str:
    return f"/app/destinations/{uid}/change/"


def test_a_webhook_is_added_with_a_secret_that_is_shown_once(cast: Cast, peer: Peer) -> None:
    url = peer.url("/mine")
    answer = cast.alice.post("/app/destinations/add/webhook/", {"address": url})
    page = answer.content.decode()
    made = Destination.objects.get(address=url)

    assert answer.headers["Cache-Control"] == "no-store"
    assert re.search(r"whsec_[A-Za-z0-9+/=]+", page)
    assert made.secret in page
    assert made.owner is not None
    assert made.owner.email == "alice@example.org"
    listed = text(cast.alice, "/app/destinations/")
    assert url in listed
    assert made.secret not in listed


@pytest.mark.parametrize(
    ("kind", "address", "said"),
    [
        ("webhook", "", "required"),
        ("webhook", "nonsense", "http"),
        ("webhook", "http://10.0.0.1/", "private"),
        ("discord", "https://example.org/", "Discord"),
        ("apprise", "file:///etc/passwd", "service"),
    ],
)
def test_an_address_that_reaches_nobody_is_told_beside_its_field(
    cast: Cast, kind: str, address: str, said: str
) -> None:
    answer = cast.alice.post(f"/app/destinations/add/{kind}/", {"address": address})

    assert answer.status_code == 422
    error = answer.content.decode().split('id="id_address_error"')[1].split("</p>")[0]
    assert said in error
    assert Destination.objects.count() == 2


def test_a_subscriber_adds_no_mailbox_or_chat_of_others(cast: Cast) -> None:
    Account.objects.create(kind="email", name="mail", settings='{"host": "h", "from": "a@b.org"}')
    Account.objects.create(
        kind="telegram", name="bot", settings='{"token": "1:abcdefghij", "username": "a_bot"}'
    )
    mail = {"address": "victim@example.org", "account": Account.objects.get(kind="email").pk}
    answer = cast.alice.post("/app/destinations/add/email/", mail)
    assert "alice@example.org" in answer.content.decode()
    assert not Destination.objects.filter(kind="email").exists()
    cast.alice.post("/app/destinations/add/email/", mail | {"address": "Alice@example.org"})
    assert Destination.objects.filter(kind="email").exists()

    page = text(cast.alice, "/app/destinations/add/telegram/")
    [code] = re.findall(r"https://t.me/a_bot\?start=([\w-]+)", page)
    # For those whose Telegram is on another device.
    assert f"/start {code}" in page
    cast.alice.post("/app/destinations/add/telegram/", {"address": "@seller"})
    assert not Destination.objects.filter(kind="telegram").exists()


def test_an_owner_broadcasts_a_feed_to_a_channel(cast: Cast) -> None:
    assert "There is no bot yet" in text(cast.olga, "/app/destinations/add/telegram/")
    bad = {"name": "bot", "token": "wrong", "username": "a_bot"}
    assert "Copy it from BotFather" in cast.olga.post("/app/accounts/add/telegram/", bad
                                                      ).content.decode()  # fmt: skip
    cast.olga.post("/app/accounts/add/telegram/", bad | {"token": "1:abcdefghij"})
    account = Account.objects.get()
    page = text(cast.olga, f"/app/accounts/{account.pk}/")
    assert "1:abcdefghij" not in page
    cast.olga.post(f"/app/accounts/{account.pk}/", bad | {"token": "", "username": "b_bot"})
    account.refresh_from_db()
    assert '"1:abcdefghij"' in account.settings
    assert '"b_bot"' in account.settings

    wanted = {"address": "@seller", "account": account.pk, "feed": cast.world.feed.pk}
    cast.olga.post("/app/destinations/add/telegram/", wanted)
    cast.olga.post("/app/destinations/add/telegram/", wanted)
    broadcast = Broadcast.objects.get()
    assert broadcast.destination.owner is None
    assert "Broadcasts of your feeds" in text(cast.olga, "/app/destinations/")
    assert "@seller" not in text(cast.alice, "/app/destinations/")


def test_a_test_reaches_one_destination_and_the_page_shows_it(cast: Cast, peer: Peer) -> None:
    """An owner without any plan tries it too: a test carries nothing that is sold."""
    cast.olga.post("/app/destinations/add/webhook/", {"address": peer.url("/mine")})
    mine = Destination.objects.get(address=peer.url("/mine"))
    for _ in range(2):
        answer = cast.olga.post(change(mine.uid), {"act": "test"})
    assert answer.headers["Location"].endswith(f"#d-{mine.uid}")
    row = Delivery.objects.get(post__type="test.published")
    assert "on its way" in text(cast.olga, f"/app/destinations/{mine.uid}/")

    with sending():
        wait_for_state(row, "sent")
    [arrival] = [one for one in peer.arrivals if one.path == "/mine"]
    assert arrival.json["type"] == "test.published"
    part = text(cast.olga, f"/app/destinations/{mine.uid}/")
    assert "accepted" in part
    assert "hx-trigger" not in part
    assert "4" in text(cast.olga, "/app/start/")
    assert "Test" in text(cast.olga, "/app/deliveries/?channel=webhook&state=sent")


def test_what_went_wrong_is_told_in_words(cast: Cast, peer: Peer) -> None:
    cast.alice.post("/app/destinations/add/webhook/", {"address": peer.url("/bad")})
    mine = Destination.objects.get(address=peer.url("/bad"))
    peer.say("/bad", plain(500), plain(500))
    cast.alice.post(change(mine.uid), {"act": "test"})
    row = Delivery.objects.get(post__type="test.published")
    with sending():
        wait_for_attempts(row, 1)

    page = text(cast.alice, f"/app/destinations/{mine.uid}/")
    assert "500" in page
    assert "failed" in page


def test_a_destination_is_paused_resumed_and_deleted(cast: Cast) -> None:
    uid = cast.world.alice.uid
    cast.alice.post(change(uid), {"act": "pause"})
    cast.world.alice.refresh_from_db()
    assert cast.world.alice.state == "disabled"
    page = text(cast.alice, "/app/destinations/")
    assert "Resume it there" in page
    test = cast.alice.post(change(uid), {"act": "test"}, follow=True)
    assert "Resume it first" in test.content.decode()
    assert not Delivery.objects.filter(post__type="test.published").exists()

    cast.alice.post(change(uid), {"act": "resume"})
    cast.world.alice.refresh_from_db()
    assert cast.world.alice.state == "active"
    cast.alice.post(change(uid), {"act": "nonsense"})
    cast.alice.post(change(uid), {"act": "delete"})
    assert not Destination.objects.filter(uid=uid).exists()
    assert "No destinations yet" in text(cast.alice, "/app/destinations/")


def test_nobody_touches_what_is_anothers(cast: Cast) -> None:
    uid = cast.world.alice.uid
    for client in (cast.bob, cast.ann, cast.olga):
        assert client.get(f"/app/destinations/{uid}/").status_code == 404
        for act in ("test", "pause", "delete"):
            assert client.post(change(uid), {"act": act}).status_code == 404
    assert "alice.test" not in text(cast.bob, "/app/destinations/")
    assert cast.alice.get("/app/destinations/add/pigeon/").status_code == 404
    assert cast.olga.get("/app/accounts/add/pigeon/").status_code == 404


def test_without_a_feed_there_is_nothing_to_test(transactional_db: None, loopback: None) -> None:
    olga = signed_in(staff("olga", "owner"))
    olga.post("/app/destinations/add/webhook/", {"address": "http://127.0.0.1:1/"})
    made = Destination.objects.get()
    answer = olga.post(change(made.uid), {"act": "test"}, follow=True)
    assert "no feed that you may read" in answer.content.decode()
    assert not Feed.objects.exists()


def test_many_destinations_take_as_many_statements_as_few(cast: Cast, loopback: None) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            text(cast.alice, "/app/destinations/")
        return len(queries)

    cast.alice.post("/app/destinations/add/webhook/", {"address": "http://127.0.0.1:1/a"})
    few = statements()
    for number in range(6):
        address = f"http://127.0.0.1:1/{number}"
        cast.alice.post("/app/destinations/add/webhook/", {"address": address})
    assert statements() == few
