"""An owner creates feeds and sources, and takes a ready alert away from them."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from signalcast.channels.models import Account, Destination
from signalcast.core.secrets import token_digest
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.publish import publish
from signalcast.feeds.models import Feed, Source
from signalcast.intake.models import Receipt
from signalcast.intake.sources import _read as known_source
from signalcast.plans.models import Subscription
from signalcast.portal.tests.cast import Cast, signed_in, staff, text
from signalcast.signals.models import Signal
from signalcast.signals.tradingview import drafts_of

pytestmark = pytest.mark.django_db(transaction=True)

SOURCE = {"slug": "tv", "publish": "auto", "parser": "english"}


def token_in(page: str) -> str:
    found = re.search(r"/in/hooks/([A-Za-z0-9_-]{20,})<", page)
    assert found, page
    return found[1]


def message_in(page: str) -> str:
    return (
        page.split('<pre id="message" tabindex="0">')[1]
        .split("</pre>")[0]
        .replace("&quot;", '"')
        .replace("&#x27;", "'")
    )


def test_an_owner_starts_at_the_first_step_and_is_led_to_the_next(transactional_db: None) -> None:
    olga = signed_in(staff("olga", "owner"))
    page = olga.get("/", follow=True).content.decode()
    assert "0 of 4 done" in page
    assert "First do the step before" in page
    assert "create a feed first" in text(olga, "/app/sources/")
    assert "Create a feed first" in olga.get("/app/sources/new/", follow=True).content.decode()

    olga.post("/app/feeds/new/", {"name": "Crypto majors", "market_validity": "300",
                                  "waiting_validity": "86400"})  # fmt: skip
    feed = Feed.objects.get()
    assert feed.slug == "crypto-majors"
    assert "1 of 4 done" in text(olga, "/app/start/")
    olga.post("/app/sources/new/", SOURCE | {"feed": feed.pk})
    page = text(olga, "/app/start/")
    assert "2 of 4 done" in page
    assert "/app/sources/tv/#test" in page
    assert "<html" not in text_part(olga, "/app/start/")


def text_part(client: Client, path: str) -> str:
    return client.get(path, headers={"HX-Request": "true"}).content.decode()


def test_a_step_tells_what_went_wrong_last(cast: Cast) -> None:
    cast.world.receive("what is this")
    Receipt.objects.filter(door="hook").update(
        due=None, state="review", reason="It names no instrument."
    )

    page = text(cast.olga, "/app/start/")
    assert "It names no instrument. It waits in review" in page


def test_steps_tell_of_a_paused_source_a_bot_and_a_test_that_did_not_arrive(cast: Cast) -> None:
    slug = cast.world.source.slug
    settings = json.dumps({"token": "4711:abcdefghij", "source": slug})
    trouble = "Telegram does not know the bot."
    Account.objects.create(kind="telegram", name="bot", settings=settings, last_error=trouble)
    assert f"{slug}: {trouble}" in text(cast.olga, "/app/start/")
    Source.objects.update(is_active=False)
    assert "is paused: nothing it posts is let in. Resume it." in text(cast.olga, "/app/start/")

    cast.olga.post("/app/destinations/add/webhook/", {"address": "https://olga.test/"})
    mine = Destination.objects.get(address="https://olga.test/")
    cast.olga.post(f"/app/destinations/{mine.uid}/change/", {"act": "test"})
    Delivery.objects.update(state="stale", due=None, attempts=1, reason="It refused.")
    # What became of a signal meanwhile doesn't take the test's place.
    post = Post.objects.exclude(signal=None).latest("pk")
    Delivery.objects.create(
        post=post, destination=mine, state="stale", reason="It never got the signal."
    )
    page = text(cast.olga, "/app/start/")
    assert "webhook: https://olga.test/: It refused. Look at its address, then send it" in page
    assert "never got" not in page


def test_work_that_nobody_does_is_told(cast: Cast) -> None:
    late = cast.world.receive("what is this")
    Receipt.objects.filter(pk=late.pk).update(received_at="2026-01-01T00:00:00Z")

    assert "No worker runs" in text(cast.olga, "/app/start/")


def test_a_feed_is_changed_and_bad_input_told_beside_its_field(cast: Cast) -> None:
    good = {"name": "Crypto", "slug": "crypto", "market_validity": "60", "waiting_validity": "9"}
    for changes, said in (
        ({"name": ""}, "required"),
        ({"slug": "forex"}, "already exists"),
        ({"slug": "a b"}, "valid"),
        ({"slug": "new"}, "Choose another"),
        ({"market_validity": "0"}, "a year at most"),
        ({"waiting_validity": "99999999999999"}, "a year at most"),
    ):
        answer = cast.olga.post("/app/feeds/crypto/", good | changes)
        assert answer.status_code == 422
        assert said in answer.content.decode(), changes
    cast.olga.post("/app/feeds/crypto/", good)
    assert Feed.objects.get(slug="crypto").market_validity == 60
    assert "Crypto" in text(cast.olga, "/app/feeds/")


def test_a_new_source_shows_its_token_once(cast: Cast) -> None:
    answer = cast.olga.post("/app/sources/new/", SOURCE | {"feed": cast.world.feed.pk})
    token = token_in(answer.content.decode())

    assert answer.headers["Cache-Control"] == "no-store"
    source = Source.objects.get(slug="tv")
    assert source.token_digest == token_digest(token)
    assert token not in text(cast.olga, "/app/sources/tv/")
    again = cast.olga.post("/app/sources/new/", SOURCE | {"feed": cast.world.feed.pk})
    assert again.status_code == 422
    assert "already exists" in again.content.decode()

    fresh = token_in(cast.olga.post("/app/sources/tv/rotate/").content.decode())
    assert fresh != token
    assert known_source(token_digest(token)) is None
    assert known_source(token_digest(fresh)) is not None


def test_secrets_of_a_source_go_in_and_never_come_out(cast: Cast) -> None:
    path = "/app/sources/desk/change/"
    form = {"slug": "desk", "feed": cast.world.feed.pk, "publish": "review", "parser": "english",
            "max_lag": "60", "body_secret": "open-sesame"}  # fmt: skip
    cast.olga.post(path, form)
    cast.world.source.refresh_from_db()
    assert (cast.world.source.body_secret, cast.world.source.max_lag) == ("open-sesame", 60)
    assert "open-sesame" not in text(cast.olga, path)
    assert "PUT-YOUR-SECRET-HERE" in text(cast.olga, "/app/sources/desk/")

    cast.olga.post(path, form | {"body_secret": ""})
    cast.world.source.refresh_from_db()
    assert cast.world.source.body_secret == "open-sesame"
    cast.olga.post(path, form | {"body_secret": "", "drop": ["body_secret"]})
    cast.world.source.refresh_from_db()
    assert cast.world.source.body_secret == ""


@pytest.mark.parametrize(
    "changes",
    [{"max_lag": "0"}, {"max_lag": "soon"}, {"chats": "@room"}, {"parser": "klingon"},
     {"feed": "999"}, {"slug": "new"}, {"publish": "never"}],
)  # fmt: skip
def test_wrong_settings_of_a_source_are_told(cast: Cast, changes: dict[str, str]) -> None:
    form = SOURCE | {"feed": str(cast.world.feed.pk)} | changes
    answer = cast.olga.post("/app/sources/new/", form)

    assert answer.status_code == 422
    error = answer.content.decode().split(f'id="id_{next(iter(changes))}_error"')[1]
    assert "hidden" not in error.split(">")[0]
    assert not Source.objects.filter(slug="tv").exists()


def test_a_paused_source_is_let_in_no_more(cast: Cast) -> None:
    digest = cast.world.source.token_digest
    assert "paused" in cast.olga.post("/app/sources/desk/pause/", {"act": "pause"}, follow=True
                                      ).content.decode()  # fmt: skip
    assert known_source(digest) is None
    test = cast.olga.post("/app/sources/desk/test/", {"sure": "yes"}, follow=True)
    assert "Resume it first" in test.content.decode()
    cast.olga.post("/app/sources/desk/pause/", {"act": "resume"})
    assert known_source(digest) is not None


def test_the_alert_of_a_strategy_is_understood_when_it_is_filled_in(cast: Cast) -> None:
    path = "/app/sources/desk/?kind=strategy&field=price&field=comment"
    text_ = message_in(text(cast.olga, path))
    filled = {
        "{{ticker}}": "BTCUSDT.P", "{{strategy.order.action}}": "sell",
        "{{strategy.market_position}}": "short", "{{strategy.prev_market_position}}": "long",
        "{{strategy.order.price}}": "64250.5", "{{strategy.order.comment}}": "out",
    }  # fmt: skip
    for name, value in filled.items():
        text_ = text_.replace(name, value)
    assert "{{" not in text_

    close, opening = drafts_of(json.loads(text_))
    assert (close.kind, str(close.exit_price)) == ("close", "64250.5")
    assert (opening.side, opening.doubts) == ("sell", ())


def test_the_alert_of_an_indicator_is_understood_when_it_is_filled_in(cast: Cast) -> None:
    fields = "&field=".join(["", "price", "sl", "tp1", "interval", "timenow"])
    text_ = message_in(text(cast.olga, f"/app/sources/desk/?kind=indicator&action=buy{fields}"))
    filled = {
        "{{ticker}}": "BTCUSDT", "{{close}}": "64250.5", '{{plot("Stop")}}': "63000",
        '{{plot("Target")}}': "66000", "{{interval}}": "240", "{{timenow}}": "2026-11-24T00:00:00Z",
    }  # fmt: skip
    for name, value in filled.items():
        text_ = text_.replace(name, value)
    assert "{{" not in text_

    [draft] = drafts_of(json.loads(text_))
    assert (draft.side, str(draft.stop_loss), draft.timeframe) == ("buy", "63000", "4h")
    assert draft.doubts == ()
    part = text_part(cast.olga, "/app/sources/desk/?kind=nonsense&action=nonsense&field=nonsense")
    assert "market_position" in message_in(part)


def test_a_test_signal_goes_the_whole_way_after_a_yes(cast: Cast) -> None:
    path = "/app/sources/desk/test/"
    assert "Nothing was sent" in cast.olga.post(path, follow=True).content.decode()
    answer = cast.olga.post(path, {"sure": "yes"})
    assert "It is stored" in text(cast.olga, answer.headers["Location"])
    publish()

    signal = Signal.objects.get(symbol="TESTUSDT")
    there = cast.olga.get(answer.headers["Location"], headers={"HX-Request": "true"})
    assert there.headers["HX-Redirect"] == f"/app/signals/{signal.pk}/"


def test_a_test_signal_shows_the_secrets_of_its_source(cast: Cast) -> None:
    Subscription.objects.all().delete()
    cast.world.source.body_secret = "open-sesame"
    cast.world.source.signing_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    cast.world.source.max_lag = 30
    cast.world.source.save()
    assert cast.olga.post("/app/sources/desk/test/").status_code == 302
    publish()

    assert Signal.objects.filter(symbol="TESTUSDT").exists()
    assert b"open-sesame" not in bytes(Receipt.objects.latest("pk").body)


def test_sources_tell_their_last_arrival_and_error_with_as_many_statements(cast: Cast) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = cast.olga
    bad = cast.world.receive({"ticker": "BTCUSDT", "action": "hold"})
    publish()
    with CaptureQueriesContext(connection) as few:
        page = text(browser, "/app/sources/")
    bad.refresh_from_db()
    assert bad.reason in page.replace("&quot;", '"')
    for number in range(5):
        Source.objects.create(slug=f"s{number}", feed=cast.world.feed, token_digest=f"d{number}")
        Feed.objects.create(slug=f"f{number}", name=f"F{number}")
    with CaptureQueriesContext(connection) as many:
        text(browser, "/app/sources/")
    assert len(many) == len(few)
    with CaptureQueriesContext(connection) as feeds:
        text(browser, "/app/feeds/")
    assert len(feeds) <= 8


def test_nobody_else_sets_anything_up(cast: Cast) -> None:
    gets = (
        "/app/start/", "/app/feeds/", "/app/feeds/new/", "/app/feeds/crypto/", "/app/sources/",
        "/app/sources/new/", "/app/sources/desk/", "/app/sources/desk/change/",
        "/app/announcements/", "/app/announcements/new/", "/app/wordings/",
        "/app/wordings/signal.published/", "/app/accounts/add/telegram/",
    )  # fmt: skip
    posts = (
        "/app/sources/desk/rotate/", "/app/sources/desk/pause/", "/app/sources/desk/test/",
        "/app/wordings/signal.published/reset/", "/app/feeds/new/", "/app/sources/new/",
    )  # fmt: skip
    digest = cast.world.source.token_digest
    for client in (cast.ann, cast.alice):
        assert [client.get(path).status_code for path in gets] == [403] * len(gets)
        assert [client.post(path).status_code for path in posts] == [403] * len(posts)
    assert [Client().get(path).status_code for path in gets] == [302] * len(gets)
    cast.world.source.refresh_from_db()
    assert cast.world.source.token_digest == digest
    assert [cast.olga.get(path).status_code for path in gets] == [200] * len(gets)


def test_every_form_wants_its_token_against_forgery(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = cast.olga.cookies
    for path in ("/app/feeds/new/", "/app/sources/desk/rotate/", "/app/publish/",
                 "/app/announcements/new/", "/app/destinations/add/webhook/"):  # fmt: skip
        assert strict.post(path, {}).status_code == 403
