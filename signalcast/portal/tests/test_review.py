"""What waits for a person: shown, corrected, approved, rejected."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from signalcast.delivery.publish import publish
from signalcast.intake.models import Receipt
from signalcast.portal.tests.cast import Cast, text
from signalcast.signals.models import Revision, Signal

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "LONG XYZ now\nentry 64200 - 64300\nSL 63500\nmaybe wait for the close"


def waiting(cast: Cast, body: object) -> Receipt:
    """A receipt in review."""
    made = cast.world.receive(body)  # type: ignore[arg-type]
    publish()
    made.refresh_from_db()
    assert made.state == "review", made.reason
    return made


def test_a_reviewer_sees_what_was_sent_what_was_understood_and_why_it_waits(cast: Cast) -> None:
    receipt = waiting(cast, {"ticker": "ETHUSDT", "action": "hodl", "price": "3120.40"})
    page = text(cast.ann, "/app/review/")

    assert receipt.reason.replace('"', "&quot;") in page
    assert "&quot;action&quot;: &quot;hodl&quot;" in page
    understood = page.split("What was understood")[1]
    assert "3120.40" in understood
    assert "ETHUSDT" in understood
    assert ">1</span>" in page  # beside the navigation's entry


def test_a_correction_is_published_in_place_of_the_receipt(cast: Cast) -> None:
    receipt = waiting(cast, {"ticker": "ETHUSDT", "action": "hodl", "price": "3120.40"})
    path = f"/app/review/{receipt.pk}/correct/"
    page = text(cast.ann, path)
    assert 'value="3120.40"' in page
    assert 'value="ETHUSDT"' in page

    form = {"kind": "new", "symbol": "ETHUSDT", "side": "sell", "order_type": "limit",
            "entries": "3120.40", "stop_loss": "3000"}  # fmt: skip
    wrong = cast.ann.post(path, form)
    assert wrong.status_code == 422
    assert "above the entries" in wrong.content.decode()
    answer = cast.ann.post(path, form | {"stop_loss": "3200"})
    publish()

    signal = Signal.objects.get(symbol="ETHUSDT")
    assert signal.source == cast.world.source
    assert cast.ann.get(answer.headers["Location"]).headers["Location"].endswith(f"{signal.pk}/")
    receipt.refresh_from_db()
    assert receipt.state == "decided"
    assert "ann@example.org corrected it" in receipt.reason
    late = cast.ann.post(path, form | {"stop_loss": "3200"}, follow=True)
    assert "decided on already" in late.content.decode()
    assert Signal.objects.filter(symbol="ETHUSDT").count() == 1


def test_a_correction_is_about_the_signal_that_is_chosen(cast: Cast) -> None:
    receipt = waiting(cast, TEXT)
    path = f"/app/review/{receipt.pk}/correct/"
    assert "Choose the open signal" in text(cast.ann, f"{path}?kind=close")
    page = text(cast.ann, f"{path}?kind=close&about={cast.signal.pk}")
    assert "Left at" in page

    cast.ann.post(path, {"kind": "close", "about": str(cast.signal.pk), "price": "65000.5"})
    publish()
    assert str(Revision.objects.get(number=2).exit_price) == "65000.5"


def test_an_update_by_correction_starts_from_what_stands(cast: Cast) -> None:
    receipt = waiting(
        cast, {"ticker": "BTCUSDT", "action": "update", "sl": "64000", "ref": "unknown-id"}
    )
    page = text(cast.ann, f"/app/review/{receipt.pk}/correct/")
    assert 'value="64250.50"' in page
    assert 'value="64000"' in page

    form = {"kind": "update", "about": str(cast.signal.pk), "order_type": "limit",
            "entries": "64250.50", "stop_loss": "64000"}  # fmt: skip
    cast.ann.post(f"/app/review/{receipt.pk}/correct/", form)
    publish()
    assert str(Revision.objects.get(number=2).stop_loss) == "64000"


def test_what_cannot_be_read_at_all_can_still_be_corrected_or_rejected(cast: Cast) -> None:
    receipt = waiting(cast, b"\xff\xfe\x00")
    assert "Nothing. Correct it" in text(cast.ann, "/app/review/")
    assert cast.ann.get(f"/app/review/{receipt.pk}/correct/").status_code == 200

    data = {"receipt": [str(receipt.pk)], "act": "reject", "reason": "A broken\nsender."}
    assert "1 receipt is rejected" in cast.ann.post("/app/review/decide/", data, follow=True
                                                    ).content.decode()  # fmt: skip
    receipt.refresh_from_db()
    assert receipt.reason == "ann@example.org rejected it: A broken sender."
    again = cast.ann.post("/app/review/decide/", data, follow=True).content.decode()
    assert "decided on by somebody else" in again


def test_nothing_ticked_is_told(cast: Cast) -> None:
    for data in ({"act": "approve"}, {"act": "burn", "receipt": "x"}):
        answer = cast.ann.post("/app/review/decide/", data, follow=True)
        assert "Tick at least one" in answer.content.decode()


def test_subscribers_have_no_part_in_it(cast: Cast) -> None:
    receipt = waiting(cast, b"\xff\xfe\x00")
    path = f"/app/review/{receipt.pk}/correct/"

    assert cast.alice.get(path).status_code == 403
    assert cast.alice.post(path, {"kind": "new"}).status_code == 403
    assert cast.alice.post("/app/review/decide/", {}).status_code == 403


def test_a_full_queue_takes_as_many_statements_as_a_short_one(cast: Cast) -> None:
    browser = cast.ann

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            text(browser, "/app/review/")
        return len(queries)

    waiting(cast, {"ticker": "ETHUSDT", "action": "hodl"})
    waiting(cast, TEXT)
    few = statements()
    for number in range(6):
        waiting(cast, {"ticker": "ETHUSDT", "action": f"hodl {number}"})
    assert statements() == few
