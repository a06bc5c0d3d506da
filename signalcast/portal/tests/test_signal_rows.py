"""Rows of the list of signals are rendered once, and still say what is so now."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from signalcast.delivery.publish import publish
from signalcast.feeds.models import Feed
from signalcast.portal.signal_rows import signal_rows
from signalcast.portal.tests.cast import Cast, text
from signalcast.signals.models import Signal

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/app/signals/"


def row(cast: Cast) -> str:
    return text(cast.alice, LIST).split(f'id="s-{cast.signal.pk}"')[1].split("</tr>")[0]


def test_rows_that_somebody_looked_at_are_not_asked_for_again(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as first:
        shown = row(cast)
    with CaptureQueriesContext(connection) as again:
        assert row(cast) == shown

    asked = [one["sql"] for one in again.captured_queries]
    assert any("signals_revision" in one["sql"] for one in first.captured_queries)
    assert not any("signals_revision" in sql or "signals_target" in sql for sql in asked)


def test_a_row_that_was_looked_at_shows_the_next_revision_and_the_close(cast: Cast) -> None:
    assert "64000" not in row(cast)
    cast.world.receive({"id": "2", "ref": "tv-1", "action": "update", "stop_loss": "64000"})
    publish()
    assert "64000" in row(cast)
    assert "#2" in row(cast)

    cast.world.receive({"id": "3", "ref": "tv-1", "action": "close"})
    publish()
    assert 'class="badge closed"' in row(cast)


def test_a_row_that_was_looked_at_shows_the_feeds_new_name(cast: Cast) -> None:
    row(cast)
    Feed.objects.update(name="Metals & more")

    assert "Metals &amp; more" in row(cast)


def test_a_row_is_in_the_language_of_who_looks(cast: Cast) -> None:
    assert "Stop" in row(cast)
    cast.alice.post("/app/account/profile/", {"name": "Alice", "language": "ru"})

    assert "Стоп" in row(cast)


def test_more_rows_than_are_kept_are_shown_all(cast: Cast) -> None:
    for number in range(5):
        cast.world.receive({"id": f"n-{number}", "symbol": f"COIN{number}", "side": "buy"})
    publish()
    signals = list(Signal.objects.select_related("feed").order_by("pk"))
    for _look in range(2):
        shown = signal_rows(signals, kept=2)
        assert [signal.symbol in row for signal, row in zip(signals, shown, strict=True)] == [
            True
        ] * 6
