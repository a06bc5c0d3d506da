"""Who sees which page, and what it shows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from signalcast.accounts.models import User
from signalcast.delivery.models import Delivery
from signalcast.delivery.publish import publish
from signalcast.intake.models import Receipt
from signalcast.plans.models import Subscription
from signalcast.portal.tests.cast import NEW, Cast, text
from signalcast.signals.models import Signal
from signalcast.work.claim import claim
from signalcast.work.park import park

pytestmark = pytest.mark.django_db(transaction=True)


def test_strangers_are_sent_to_the_sign_in_page() -> None:
    for path in ("/app/signals/", "/app/deliveries/", "/app/review/", "/ops/queues/parked/"):
        answer = Client().get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/sign-in/")


def test_somebody_signs_in_with_address_and_password_and_out_again() -> None:
    User.objects.create_user("Alice@Example.org", "correct horse")
    client = Client()
    wrong = client.post("/sign-in/", {"login": "alice@example.org", "password": "wrong"})
    assert "do not fit together" in wrong.content.decode()

    client.post("/sign-in/", {"login": "ALICE@example.org", "password": "correct horse"})
    assert "alice@example.org" in text(client, "/app/signals/")
    client.post("/sign-out/")
    assert client.get("/app/signals/").status_code == 302


def test_a_subscriber_sees_the_signals_of_the_plan_and_nobody_else_does(cast: Cast) -> None:
    path = f"/app/signals/{cast.signal.pk}/"
    assert "BTCUSDT" in text(cast.alice, "/app/signals/")
    assert "64250.50" in text(cast.alice, path)

    assert "BTCUSDT" not in text(cast.bob, "/app/signals/")
    assert cast.bob.get(path).status_code == 404
    assert "BTCUSDT" in text(cast.olga, "/app/signals/")


def test_a_subscription_that_ended_takes_the_history_with_it(cast: Cast) -> None:
    path = f"/app/signals/{cast.signal.pk}/"
    assert cast.alice.get(path).status_code == 200
    Subscription.objects.update(state="cancelled")

    assert cast.alice.get(path).status_code == 404
    assert "BTCUSDT" not in text(cast.alice, "/app/signals/")
    assert "BTCUSDT" not in text(cast.alice, "/app/deliveries/")


def test_what_a_source_wrote_is_shown_and_not_run(cast: Cast) -> None:
    page = text(cast.alice, f"/app/signals/{cast.signal.pk}/")

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_revisions_show_what_changed(cast: Cast) -> None:
    cast.world.receive({"id": "2", "ref": "tv-1", "action": "update", "stop_loss": "64000"})
    publish()
    page = text(cast.alice, f"/app/signals/{cast.signal.pk}/")

    assert page.index("#2 update") < page.index("#1 new")
    assert '<span class="changed">64000</span>' in page
    assert '<span class="changed">64250.50' not in page


def test_the_list_renews_its_rows_alone(cast: Cast) -> None:
    part = cast.alice.get("/app/signals/", headers={"HX-Request": "true"}).content.decode()

    assert "BTCUSDT" in part
    assert "<html" not in part


def test_signals_are_found_by_instrument_and_state(cast: Cast) -> None:
    assert "BTCUSDT" in text(cast.alice, "/app/signals/?symbol=btc&state=open")
    assert "Nothing fits" in text(cast.alice, "/app/signals/?symbol=ETH")
    assert "Nothing fits" in text(cast.alice, "/app/signals/?state=closed")
    assert "BTCUSDT" in text(cast.alice, "/app/signals/?state=nonsense")
    assert text(cast.alice, "/app/signals/?after=nonsense")


def test_older_signals_are_a_page_further(cast: Cast) -> None:
    for number in range(60):
        cast.world.receive(NEW | {"id": f"s-{number}", "symbol": f"COIN{number:02}"})
    publish()
    first = text(cast.alice, "/app/signals/")
    assert "COIN59" in first
    assert "COIN09" not in first
    link = first.split('href="?after=')[1].split('"')[0].replace("&amp;", "&")

    second = text(cast.alice, f"/app/signals/?after={link}")
    assert "COIN09" in second
    assert "COIN59" not in second


def test_pages_take_as_many_statements_for_many_rows_as_for_few(cast: Cast) -> None:
    browser = cast.olga

    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            text(browser, path)
        return len(queries)

    paths = ("/app/signals/", "/app/deliveries/", f"/app/signals/{cast.signal.pk}/")
    few = [statements(path) for path in paths]
    for number in range(30):
        cast.world.receive(NEW | {"id": f"s-{number}"})
    publish()
    assert Delivery.objects.count() == 31

    assert [statements(path) for path in paths] == few


def test_a_subscriber_sees_own_deliveries_alone(cast: Cast) -> None:
    assert "alice.test" in text(cast.alice, "/app/deliveries/")
    assert "alice.test" not in text(cast.bob, "/app/deliveries/")
    assert "alice.test" in text(cast.olga, "/app/deliveries/?state=due&to=alice&signal=BTC")
    assert "alice.test" not in text(cast.olga, "/app/deliveries/?state=sent")


def test_an_owner_stops_a_delivery_that_waits(cast: Cast) -> None:
    delivery = Delivery.objects.get()
    path = f"/app/deliveries/{delivery.pk}/cancel/"
    assert cast.alice.post(path).status_code == 403
    assert cast.olga.get(path).status_code == 405

    assert "is cancelled" in cast.olga.post(path, follow=True).content.decode()
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"
    assert "olga@example.org" in delivery.reason


def test_an_analyst_approves_and_rejects_what_waits_for_review(cast: Cast) -> None:
    good = cast.world.receive({"ticker": "ETHUSDT", "action": "buy", "price": 1, "x": "<b>"})
    cast.world.source.publish = "review"
    cast.world.source.save()
    bad = cast.world.receive(b"\xff\xfe")
    publish()
    page = text(cast.ann, "/app/review/")
    assert "&lt;b&gt;" in page
    assert "UTF-8" in page
    assert cast.alice.get("/app/review/").status_code == 403

    cast.ann.post("/app/review/decide/", {"receipt": [str(good.pk)], "act": "approve"})
    cast.ann.post("/app/review/decide/", {"receipt": [str(bad.pk), "x"], "act": "reject"})
    publish()
    assert Signal.objects.filter(symbol="ETHUSDT").exists()
    assert "Nothing waits" in text(cast.ann, "/app/review/")


def test_an_operator_redrives_what_was_parked(cast: Cast) -> None:
    rows = [cast.world.receive(NEW | {"id": f"p-{number}"}) for number in range(3)]
    park(Receipt, claim(Receipt, 3), reason="It took three processes down.")
    page = text(cast.olga, "/ops/queues/parked/")
    assert page.count("It took three processes down.") == 3
    assert cast.ann.get("/ops/queues/parked/").status_code == 403

    path = "/ops/queues/parked/redrive/"
    data = {"kind": "receipt", "row": [str(rows[0].pk), "nonsense"]}
    assert "1 row is due" in cast.olga.post(path, data, follow=True).content.decode()
    assert "Redrive 2 receipts" in text(cast.olga, "/ops/queues/parked/redrive/receipt/")
    data = {"kind": "receipt", "all": "yes"}
    assert "2 rows are due" in cast.olga.post(path, data, follow=True).content.decode()
    assert "Nothing is parked" in text(cast.olga, "/ops/queues/parked/")
    assert Receipt.objects.filter(due__isnull=False).count() == 3


def test_the_queues_page_counts_what_waits(cast: Cast) -> None:
    page = text(cast.olga, "/ops/queues/")

    assert "high" in page
    assert "The oldest due row waits for" in page
    assert cast.alice.get("/ops/queues/").status_code == 403


@pytest.mark.storage
@pytest.mark.parametrize("filters", ["symbol", "feed", "state", "to", "channel", "since", "after"])
def test_a_character_that_no_text_has_is_left_out_of_a_filter(cast: Cast, filters: str) -> None:
    for path in ("/app/signals/", "/app/deliveries/"):
        assert cast.olga.get(f"{path}?{filters}=%00").status_code == 200
