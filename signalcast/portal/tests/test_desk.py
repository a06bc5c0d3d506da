"""An analyst publishes, updates and closes by hand, with the rules of the typed door."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from signalcast.delivery.models import Post
from signalcast.delivery.publish import publish
from signalcast.feeds.models import Feed, Source
from signalcast.intake.models import Receipt
from signalcast.portal.tests.cast import Cast, text
from signalcast.signals.models import Revision, Signal

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "0193a000-0000-7000-8000-000000000001"
OTHER_KEY = "0193a000-0000-7000-8000-000000000002"
FORM = {
    "feed": "crypto", "key": KEY, "symbol": "ethusdt", "side": "buy", "order_type": "limit",
    "entries": "3120.40 3100", "stop_loss": "3050.0", "targets": "3200 3300.10",
    "shares": "0.5 0.5", "leverage": "", "timeframe": "4h", "valid_until": "",
    "comment": "First line\r\nsecond <b>line</b>",
}  # fmt: skip


def send(client: Client, path: str, form: dict[str, Any]) -> str:
    """Send a form, let the workers work, and see where it leads."""
    answer = client.post(path, form)
    assert answer.status_code == 302, answer.content.decode()
    publish()
    return client.get(answer.headers["Location"], follow=True).content.decode()


def test_what_an_analyst_writes_is_published_with_the_same_digits(cast: Cast) -> None:
    page = send(cast.ann, "/app/publish/", FORM)

    for number in ("3120.40", "3050.0", "3200 (0.5)", "3300.10 (0.5)"):
        assert number in page
    assert "second &lt;b&gt;line" in page
    assert "ann@example.org" in page
    data = Post.objects.latest("pk").data["signal"]
    assert data["symbol"] == "ETHUSDT"
    assert data["entries"] == ["3120.40", "3100"]
    assert data["take_profits"] == [
        {"price": "3200", "share": "0.5"}, {"price": "3300.10", "share": "0.5"},
    ]  # fmt: skip
    receipt = Receipt.objects.latest("pk")
    assert receipt.source.slug == "desk-crypto"
    assert receipt.state == "decided"


def test_a_form_that_is_sent_twice_publishes_once(cast: Cast) -> None:
    send(cast.ann, "/app/publish/", FORM)
    again = send(cast.ann, "/app/publish/", FORM)
    assert "ETHUSDT" in again
    assert Signal.objects.filter(symbol="ETHUSDT").count() == 1

    other = cast.ann.post("/app/publish/", FORM | {"stop_loss": "3040"})
    assert other.status_code == 422
    assert "was sent before and said something else" in other.content.decode()
    assert KEY not in other.content.decode()
    send(cast.ann, "/app/publish/", FORM | {"stop_loss": "3040", "key": OTHER_KEY})
    assert Signal.objects.filter(symbol="ETHUSDT").count() == 2


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"symbol": ""}, "symbol", "This field is required."),
        ({"symbol": "BTC USDT"}, "symbol", "Must be 1 to 32 capital letters"),
        ({"stop_loss": "3400"}, "stop_loss", "Must be below the entries"),
        ({"stop_loss": "3,050"}, "stop_loss", "Is not a decimal number"),
        ({"entries": ""}, "entries", "needs an entry price"),
        ({"entries": "3120 x"}, "entries", "Number 2: is not a decimal number"),
        ({"targets": "3300 3200"}, "targets", "Number 2: must be above the target before"),
        ({"targets": "3200"}, "shares", "more shares than targets"),
        ({"shares": "0.9 0.9"}, "targets", "add up to more than 1"),
        ({"leverage": "5000"}, "leverage", "must be at most"),
        ({"valid_until": "2001-01-01T00:00"}, "valid_until", "Is in the past"),
        ({"valid_until": "soon"}, "valid_until", "Enter a valid date"),
        ({"timeframe": "four hours"}, "timeframe", "Must be letters and digits"),
        ({"side": "hold"}, "side", "not one of the available choices"),
        ({"comment": "a\x07b"}, "comment", "control characters"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    cast: Cast, changes: dict[str, str], field: str, said: str
) -> None:
    answer = cast.ann.post("/app/publish/", FORM | changes)
    page = answer.content.decode()

    assert answer.status_code == 422
    error = page.split(f'id="id_{field}_error"')[1].split("</p>")[0]
    assert said.lower() in error.lower()
    assert "hidden" not in error.split(">")[0]
    assert Receipt.objects.count() == 1


def test_the_form_is_looked_at_while_it_is_filled_in(cast: Cast) -> None:
    part = cast.ann.post("/app/publish/look/", FORM | {"stop_loss": "3400", "symbol": ""})
    page = part.content.decode()

    assert "<html" not in page
    assert "Levels of a buy: Stop 3400, Target 2 3300.10" in page
    assert "below the entries and targets" in page
    # Nobody is told to fill in what he has not come to yet.
    symbol = page.split('id="id_symbol_error"')[1].split(">")[0]
    assert "hidden" in symbol
    assert Receipt.objects.count() == 1


def test_an_update_is_filled_in_and_sends_what_changed_alone(cast: Cast) -> None:
    path = f"/app/signals/{cast.signal.pk}/update/"
    form = text(cast.ann, path)
    assert 'value="64250.50"' in form
    assert 'value="63000"' in form

    wanted = {
        "key": KEY, "order_type": "limit", "entries": "64250.50", "stop_loss": "64000",
        "targets": "66000", "valid_until": "2030-01-01T00:00",
    }  # fmt: skip
    page = send(cast.ann, path, wanted)
    assert "#2 update" in page
    revision = Revision.objects.get(number=2)
    assert str(revision.stop_loss) == "64000"
    assert revision.entries == ["64250.50"]
    assert revision.comment == "<script>alert(1)</script>"
    assert b"entries" not in bytes(Receipt.objects.latest("pk").body)
    assert revision.signal.source.slug == "desk"

    again = send(cast.ann, path, wanted)
    assert "#2 update" in again
    assert Revision.objects.count() == 2


def test_an_update_takes_a_stop_away_and_refuses_to_say_nothing(cast: Cast) -> None:
    path = f"/app/signals/{cast.signal.pk}/update/"
    until = Revision.objects.get().valid_until
    assert until is not None
    same = {
        "key": KEY, "order_type": "limit", "entries": "64250.50", "stop_loss": "63000",
        "valid_until": f"{until:%Y-%m-%dT%H:%M}",
    }  # fmt: skip
    assert "Nothing is changed yet" in cast.ann.post(path, same).content.decode()
    assert "not taken away" in cast.ann.post(path, same | {"entries": ""}).content.decode()

    send(cast.ann, path, same | {"stop_loss": ""})
    assert Revision.objects.get(number=2).stop_loss is None


def test_a_close_tells_its_price_and_happens_once(cast: Cast) -> None:
    path = f"/app/signals/{cast.signal.pk}/close/"
    wrong = cast.ann.post(path, {"key": KEY, "price": "about 66000"})
    assert wrong.status_code == 422
    assert "is not a decimal number" in wrong.content.decode()

    page = send(cast.ann, path, {"key": KEY, "price": "65990.10", "comment": "Done."})
    assert "65990.10" in page
    cast.signal.refresh_from_db()
    assert cast.signal.state == "closed"
    # The second click of a double click, and somebody who comes too late.
    assert "#2 close" in send(cast.ann, path, {"key": KEY, "price": "65990.10"})
    late = cast.ann.post(path, {"key": OTHER_KEY}, follow=True).content.decode()
    assert "has ended" in late
    assert Revision.objects.count() == 2


def test_a_cancellation_without_a_word_ends_a_signal(cast: Cast) -> None:
    assert "#2 cancel" in send(cast.ann, f"/app/signals/{cast.signal.pk}/cancel/", {"key": KEY})


def test_what_contradicts_the_signal_by_then_waits_for_review(cast: Cast) -> None:
    path = f"/app/signals/{cast.signal.pk}/update/"
    form = {"key": KEY, "order_type": "limit", "entries": "64250.50", "stop_loss": "64000"}
    answer = cast.ann.post(path, form)
    cast.world.receive({"id": "2", "ref": "tv-1", "action": "close"}, thread=None)
    Receipt.objects.filter(source__slug="desk-crypto").update(due=None)
    publish()
    Receipt.objects.filter(source__slug="desk-crypto").update(due="2020-01-01T00:00:00Z")
    publish()

    page = cast.ann.get(answer.headers["Location"]).content.decode()
    assert "It waits for review" in page
    assert "which is closed" in page


def test_only_those_who_write_have_a_desk(cast: Cast) -> None:
    for client in (cast.alice, cast.bob):
        assert client.get("/app/publish/").status_code == 403
        assert client.post("/app/publish/", FORM).status_code == 403
        assert client.post("/app/publish/look/", FORM).status_code == 403
        assert client.get(f"/app/signals/{cast.signal.pk}/update/").status_code == 403
        receipt = Receipt.objects.get()
        assert client.get(f"/app/submitted/{receipt.pk}/").status_code == 403
    assert cast.olga.get("/app/publish/").status_code == 200


def test_no_token_opens_a_desk_and_a_taken_name_is_no_trouble(cast: Cast) -> None:
    Source.objects.create(
        slug="desk-crypto", feed=Feed.objects.get(slug="crypto"), token_digest="x"
    )
    send(cast.ann, "/app/publish/", FORM)

    made = Source.objects.get(token_digest__startswith="desk:")
    assert made.slug != "desk-crypto"
    assert made.slug not in text(cast.olga, "/app/sources/")
    assert cast.olga.get(f"/app/sources/{made.slug}/").status_code == 404
