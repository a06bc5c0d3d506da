"""A signal's page: its picture, its timeline, and the way of its numbers."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalcast.channels.models import Destination
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.publish import publish
from signalcast.intake.models import Receipt
from signalcast.portal.draw_levels import ROW, Level, draw_levels, levels_of
from signalcast.portal.tests.cast import Cast, text

PRICES = st.decimals(min_value=Decimal("0.00000001"), max_value=Decimal("999999999"), places=8)


@pytest.mark.django_db(transaction=True)
def test_the_timeline_goes_from_the_request_to_the_last_subscriber(cast: Cast) -> None:
    began = Receipt.objects.get().received_at
    Receipt.objects.update(decided_at=began + timedelta(milliseconds=12))
    Post.objects.update(fanned_out_at=began + timedelta(milliseconds=15))
    Delivery.objects.update(state="sent", finished_at=began + timedelta(milliseconds=2_340))

    page = text(cast.alice, f"/app/signals/{cast.signal.pk}/")
    timeline = page.split('class="timeline"')[1].split("</ol>")[0]
    told = re.findall(r"\+[0-9.]+ m?s", timeline)
    assert told == ["+12 ms", "+15 ms", "+2.3 s"]


@pytest.mark.django_db(transaction=True)
def test_the_picture_has_the_numbers_that_were_posted(cast: Cast) -> None:
    cast.world.receive(
        {"id": "u", "ref": "tv-1", "action": "update", "take_profits": [{"price": "66000.10"}]}
    )
    publish()
    page = text(cast.alice, f"/app/signals/{cast.signal.pk}/")

    assert 'aria-label="Levels of a buy: Target 1 66000.10, Entry 64250.50, Stop 63000"' in page
    part = cast.alice.get(f"/app/signals/{cast.signal.pk}/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert cast.bob.get(f"/app/signals/{cast.signal.pk}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_many_deliveries_are_listed_on_a_page_of_their_own(cast: Cast) -> None:
    row = Delivery.objects.get()
    others = [
        Destination(kind="webhook", address=f"https://o{number}.test/", owner=cast.world.bob.owner)
        for number in range(60)
    ]
    Destination.objects.bulk_create(others)
    Delivery.objects.bulk_create(
        Delivery(post=row.post, destination=one, signal=row.signal, number=1)
        for one in Destination.objects.filter(address__startswith="https://o")
    )
    listed = f"/app/deliveries/?signal={cast.signal.pk}"

    page = text(cast.olga, f"/app/signals/{cast.signal.pk}/")
    assert "50 of 61." in page
    assert listed in page
    assert "https://o" in text(cast.olga, listed)
    assert "Nothing fits" in text(cast.olga, f"/app/deliveries/?signal={uuid4()}")
    assert listed not in text(cast.alice, f"/app/signals/{cast.signal.pk}/")


@given(st.lists(PRICES, min_size=2, max_size=41, unique=True))
def test_a_picture_is_to_scale_and_its_labels_never_lie_on_each_other(
    prices: list[Decimal],
) -> None:
    levels = levels_of(entries=prices[:1], stop=prices[1], targets=prices[2:])
    picture = draw_levels(levels, side="buy")

    for level in levels:
        assert f"</tspan> {format(level.price, 'f')}</text>" in picture
    labels = [float(y) for y in re.findall(r'<text x="[0-9]+" y="([0-9.]+)"', picture)]
    assert all(other - one >= ROW - 0.11 for one, other in pairwise(labels))
    height = float(re.findall(r'viewBox="0 0 [0-9]+ ([0-9]+)"', picture)[0])
    assert labels[0] > 0
    assert labels[-1] < height
    lines = [float(y) for y in re.findall(r'<path d="M[0-9]+ ([0-9.]+)H', picture)]
    assert lines == sorted(lines)


def test_one_price_is_no_picture() -> None:
    assert draw_levels([Level("entry", "Entry", Decimal(1))], side="buy") == ""
    assert draw_levels(levels_of(entries=[], stop=None, targets=[]), side="sell") == ""
