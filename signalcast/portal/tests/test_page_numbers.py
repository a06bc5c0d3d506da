"""No page shows a number of a signal that differs from what was posted, not even by a zero."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from signalcast.delivery.publish import publish
from signalcast.intake.models import Receipt
from signalcast.portal.tests.cast import Cast, text
from signalcast.signals.models import Signal

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = re.compile(r"\d+(?:\.\d+)?")
numbers = count()
# Without shrinking: an example costs several pages.
FEW = settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@st.composite
def prices(draw: Any) -> list[str]:
    """Prices as somebody may post them, ascending, with any number of digits and zeros."""
    lowest = draw(st.integers(1_000, 10**9))
    steps = draw(st.lists(st.integers(1, 10_000), min_size=3, max_size=6, unique=True))
    places = draw(st.integers(0, 8))
    drawn = [Decimal(lowest + lowest * step // 1_000).scaleb(-places) for step in sorted(steps)]
    return [format(price, "f") for price in dict.fromkeys(drawn)]


@st.composite
def signals(draw: Any) -> dict[str, Any]:
    """A buy with a stop, an entry or two, and targets."""
    stop, *others = draw(prices())
    entries = draw(st.integers(1, min(2, len(others) - 1)))
    return {
        "id": f"n-{next(numbers)}", "symbol": "EURUSD", "side": "buy", "order_type": "limit",
        "entries": others[:entries], "stop_loss": stop, "leverage": draw(st.sampled_from(
            [None, "5", "2.5", "10.0"]
        )),
        "take_profits": [{"price": price} for price in others[entries:]],
    }  # fmt: skip


def words(part: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", part))


def cells(row: str, *labels: str) -> list[str]:
    """The numbers in a row's cells of these names."""
    found = [row.split(f'data-label="{label}"')[1].split("</td>")[0] for label in labels]
    return NUMBER.findall(words(" ".join(cell.partition(">")[2] for cell in found)))


def value(page: str, name: str) -> list[str]:
    """The numbers in a form's field."""
    [field] = re.findall(rf'<input [^>]*name="{name}"[^>]*>', page)
    given = re.search(r'value="([^"]*)"', field)
    return NUMBER.findall(given[1] if given else "")


@FEW
@given(posted=signals())
def test_every_page_shows_the_numbers_as_they_were_posted(
    cast: Cast, posted: dict[str, Any]
) -> None:
    cast.world.receive({name: value for name, value in posted.items() if value is not None})
    publish()
    signal = Signal.objects.get(source_ref=posted["id"])
    targets = [target["price"] for target in posted["take_profits"]]
    levels = [*posted["entries"], posted["stop_loss"], *targets]

    row = text(cast.alice, "/app/signals/").split(f'id="s-{signal.pk}"')[1].split("</tr>")[0]
    assert cells(row, "Entry", "Stop", "Targets") == levels

    page = text(cast.alice, f"/app/signals/{signal.pk}/")
    facts = page.split("Revision 1")[1].split("</dl>")[0]
    leverage = [posted["leverage"]] if posted["leverage"] else []
    numbers_there = " ".join(re.findall(r'<dd class="number">(.*?)</dd>', facts))
    assert NUMBER.findall(words(numbers_there)) == [*levels, *leverage]
    picture = page.split("<svg")[1].split("</svg>")[0]
    names = {str(place) for place in range(1, len(targets) + 1)}
    shown = re.findall(r"</tspan>([^<]*)<", picture)
    assert {number.strip() for number in shown} == set(levels)
    label = re.search(r'aria-label="([^"]*)"', picture)
    assert label
    assert set(NUMBER.findall(label[1])) - names <= set(levels) <= set(NUMBER.findall(label[1]))

    form = text(cast.ann, f"/app/signals/{signal.pk}/update/")
    assert value(form, "entries") == posted["entries"]
    assert value(form, "stop_loss") == [posted["stop_loss"]]
    assert value(form, "targets") == targets


@FEW
@given(posted=signals())
def test_review_shows_and_corrects_the_numbers_as_they_were_posted(
    cast: Cast, posted: dict[str, Any]
) -> None:
    cast.world.source.publish = "review"
    cast.world.source.save()
    receipt = cast.world.receive({name: one for name, one in posted.items() if one is not None})
    publish()
    assert Receipt.objects.get(pk=receipt.pk).state == "review"
    targets = [target["price"] for target in posted["take_profits"]]

    card = text(cast.ann, "/app/review/").split(f'value="{receipt.pk}"')[1]
    understood = words(card.split("<dl")[1].split("</dl>")[0])
    assert set(NUMBER.findall(understood)) >= {*posted["entries"], posted["stop_loss"], *targets}
    assert set(NUMBER.findall(understood)) <= {
        *posted["entries"], posted["stop_loss"], *targets, posted["leverage"],
        *NUMBER.findall(posted["id"]),
    }  # fmt: skip
    form = text(cast.ann, f"/app/review/{receipt.pk}/correct/")
    assert value(form, "entries") == posted["entries"]
    assert value(form, "stop_loss") == [posted["stop_loss"]]
    assert value(form, "targets") == targets
