"""Telegram's door: who may bring updates, and that each is stored once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from signalcast.core.secrets import token_digest
from signalcast.feeds.models import Feed, Source
from signalcast.intake.models import Receipt
from signalcast.intake.tests.site import TOKEN, Answer, Driven, driven

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

SECRET = "a-secret_of-the-door"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
TEXT = "BUY BTCUSDT 64250 SL 63000 TP 65000"


@pytest.fixture
def source() -> Source:
    feed = Feed.objects.create(slug="crypto", name="Crypto")
    return Source.objects.create(
        slug="desk", feed=feed, token_digest=token_digest(TOKEN), body_secret=SECRET
    )


@pytest.fixture
def site(source: Source) -> Iterator[Driven]:
    with driven() as made:
        yield made


def message(message_id: int = 7, **more: Any) -> dict[str, Any]:
    chat = {"id": -100123, "type": "channel", "title": "Calls"}
    return {"message_id": message_id, "date": 1, "chat": chat, "text": TEXT} | more


def bring(site: Driven, update: Any, secret: str | None = SECRET) -> Answer:
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    headers = {"content-type": "application/json"}
    if secret is not None:
        headers[HEADER] = secret
    return site.post(f"/in/telegram/{TOKEN}", body, headers)


def test_an_update_is_stored_as_it_came_and_answered(site: Driven) -> None:
    update = {"update_id": 5, "channel_post": message()}
    answer = bring(site, update)

    assert answer.status == 200
    receipt = Receipt.objects.get()
    assert (receipt.door, receipt.state, receipt.thread) == ("telegram", "received", "chat:-100123")
    assert json.loads(bytes(receipt.body)) == update
    assert receipt.due is not None


def test_an_update_that_comes_again_is_one_receipt(site: Driven) -> None:
    update = {"update_id": 5, "channel_post": message()}
    answers = [bring(site, update), bring(site, update), bring(site, update | {"update_id": 6})]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "é"])
def test_without_the_secret_nothing_is_stored(site: Driven, secret: str | None) -> None:
    answer = bring(site, {"update_id": 5, "message": message()}, secret)

    assert answer.status == 401
    assert HEADER in answer.body["detail"]
    assert not Receipt.objects.exists()


@pytest.mark.parametrize("secret", ["", "a", SECRET])
def test_a_source_without_a_secret_takes_no_updates(
    site: Driven, source: Source, secret: str
) -> None:
    Source.objects.update(body_secret="")
    assert bring(site, {"update_id": 5, "message": message()}, secret).status == 401


def test_the_signing_secret_counts_before_the_one_for_bodies(site: Driven, source: Source) -> None:
    source.signing_secret = "new-secret old-secret"
    source.save()
    update = {"update_id": 5, "message": message()}

    assert bring(site, update, "old-secret").status == 200
    assert bring(site, update, SECRET).status == 401


def test_an_unknown_token_is_told_nothing_more(site: Driven) -> None:
    assert site.post("/in/telegram/none", b"{}", {HEADER: SECRET}).status == 401
    assert site.post("/in/telegram/", b"{}", {HEADER: SECRET}).status == 404


@pytest.mark.parametrize(
    "update",
    [
        {"my_chat_member": {"chat": {"id": 1}}},
        {"callback_query": {"id": "1", "data": "x"}},
        {"message": message(text="", sticker={"file_id": "x"})},
        {"message": message(text="", new_chat_members=[{"id": 1}])},
        {},
    ],
)
def test_what_asks_for_nothing_is_set_aside_with_a_reason(
    site: Driven, update: dict[str, Any]
) -> None:
    assert bring(site, {"update_id": 5} | update).status == 200

    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.due) == ("ignored", None)
    assert receipt.reason.endswith(".")


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[]", b'{"update_id": "x"}', b'{"update_id":5,"message":[]}', b"[" * 9_000],
)
def test_what_is_no_update_is_kept_for_a_person(site: Driven, body: bytes) -> None:
    assert bring(site, body).status == 200
    assert bytes(Receipt.objects.get().body) == body


def test_a_source_with_a_limit_sets_old_messages_aside(site: Driven, source: Source) -> None:
    source.max_lag = 60
    source.save()
    written = int(timezone.now().timestamp()) - 120
    bring(site, {"update_id": 5, "message": message(date=written)})
    bring(site, {"update_id": 6, "message": message(date=written + 100)})

    late, fine = Receipt.objects.order_by("pk")
    assert "late" in late.reason
    assert (late.state, fine.state) == ("ignored", "received")
