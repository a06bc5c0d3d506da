"""An owner sees why a source that posts is not heard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from signalcast.feeds.models import Source
from signalcast.intake.tests.site import Driven, driven
from signalcast.portal.tests.cast import Cast, text
from tests.own_valkey import own_valkey
from tests.waiting import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

HOOK = "/in/hooks/desk-token"


@pytest.fixture
def valkey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_valkey(tmp_path, monkeypatch):
        yield


@pytest.fixture
def site(cast: Cast) -> Iterator[Driven]:
    Source.objects.update(body_secret="the-secret-of-it")
    with driven() as made:
        yield made
    connection.close()


@pytest.mark.usefixtures("valkey")
def test_what_a_door_refused_is_told_until_the_source_is_heard_again(
    cast: Cast, site: Driven
) -> None:
    assert site.post(HOOK, b'{"ticker": "BTCUSDT", "action": "buy"}', {}).status == 401
    said = "A request was refused, and nothing of it is kept: The secret"
    wait_for(lambda: said in text(cast.olga, "/app/sources/"), within=10, message="the refusal")
    assert said in text(cast.olga, "/app/sources/desk/")
    assert f"desk: {said}" in text(cast.olga, "/app/start/")

    body = b'{"ticker": "BTCUSDT", "action": "buy", "secret": "the-secret-of-it"}'
    assert site.post(HOOK, body, {}).status in (200, 202)
    assert said not in text(cast.olga, "/app/sources/")


def test_without_a_broker_a_refusal_is_answered_all_the_same(cast: Cast, site: Driven) -> None:
    assert site.post(HOOK, b"{}", {}).status == 401
    assert "Last error" in text(cast.olga, "/app/sources/")
