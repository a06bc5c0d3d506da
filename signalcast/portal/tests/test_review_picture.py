"""A reviewer sees the picture that was sent to a bot, and nothing that only says it is one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from signalcast.channels.models import Account
from signalcast.channels.telegram.fetch_picture import LARGEST
from signalcast.channels.telegram.tests.peer import TOKEN, Peer, answer, refusal
from signalcast.channels.webhook.tests.peer import plain
from signalcast.delivery.publish import publish
from signalcast.delivery.tests.conftest import loopback
from signalcast.intake.models import Receipt
from signalcast.portal.tests.cast import Cast, text

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["loopback"]

PNG = b"\x89PNG\r\n\x1a\nrest"
FILE = f"/file/bot{TOKEN}/photos/file_1.jpg"
PHOTO = {"photo": [{"file_id": "small"}, {"file_id": "large"}]}


@pytest.fixture
def telegram(cast: Cast, loopback: None) -> Any:
    with Peer() as made:
        settings = made.account(source=cast.world.source.slug)
        Account.objects.create(kind="telegram", name="bot", settings=settings)
        made.say("large", answer(result={"file_id": "large", "file_path": "photos/file_1.jpg"}))
        yield made
        assert made.wrong == []


def brought(cast: Cast, **parts: Any) -> Receipt:
    message = {"message_id": 1, "date": 1, "chat": {"id": -100, "type": "channel"}, **parts}
    body = json.dumps({"update_id": 1, "channel_post": message}).encode()
    receipt = cast.world.receive(body, door="telegram")
    publish()
    return Receipt.objects.get(pk=receipt.pk)


def path(receipt: Receipt) -> str:
    return f"/app/review/{receipt.pk}/picture/"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a..", "image/gif"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
    ],
)
def test_a_picture_without_words_is_shown_where_it_waits(
    cast: Cast, telegram: Peer, body: bytes, content_type: str
) -> None:
    receipt = brought(cast, **PHOTO)
    telegram.say(FILE, plain(200, body=body))
    assert receipt.state == "review"
    assert path(receipt) in text(cast.ann, "/app/review/")

    shown = cast.ann.get(path(receipt))
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, content_type)
    assert shown.content == body
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert cast.alice.get(path(receipt)).status_code == 403


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (plain(200, body=b"<svg onload=alert(1)>"), "no picture, whatever its name says"),
        (plain(200, body=b"MZ\x90 a program"), "no picture, whatever its name says"),
        (plain(200), "no picture, whatever its name says"),
        (plain(200, body=PNG + b"x" * LARGEST), "too large"),
        (plain(404), "Telegram answered 404"),
    ],
)
def test_what_only_says_that_it_is_a_picture_is_not_shown(
    cast: Cast, telegram: Peer, said: bytes, why: str
) -> None:
    document = {"file_id": "large", "mime_type": "image/png", "file_name": "chart.png"}
    receipt = brought(cast, document=document)
    telegram.say(FILE, said)

    shown = cast.ann.get(path(receipt))
    assert (shown.status_code, shown.headers["Content-Type"]) == (404, "text/plain; charset=utf-8")
    assert why in shown.content.decode()
    assert TOKEN not in shown.content.decode()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (refusal(400, "Bad Request: file is temporarily unavailable"), "temporarily unavailable"),
        (answer(result={"file_id": "large"}), "may be too large"),
        (answer(result=[]), "may be too large"),
        (plain(502, body=b"<html>"), "does not have it"),
    ],
)
def test_what_telegram_does_not_hand_out_is_told(
    cast: Cast, telegram: Peer, said: bytes, why: str
) -> None:
    telegram.say("large", said)
    shown = cast.ann.get(path(brought(cast, **PHOTO)))
    assert shown.status_code == 404
    assert why in shown.content.decode()


@pytest.mark.parametrize(
    "parts",
    [
        {"photo": []}, {"photo": "x"}, {"photo": [{}]}, {"document": {"file_id": 5}},
        {"document": {"file_id": "large", "mime_type": "application/pdf"}, "caption": "hm"},
    ],
)  # fmt: skip
def test_what_shows_no_picture_offers_none(
    cast: Cast, telegram: Peer, parts: dict[str, Any]
) -> None:
    receipt = brought(cast, **parts)
    assert path(receipt) not in text(cast.ann, "/app/review/")
    assert cast.ann.get(path(receipt)).status_code == 404


def test_without_a_bot_for_the_source_nobody_can_fetch_it(cast: Cast) -> None:
    receipt = brought(cast, **PHOTO)
    assert "No bot's account" in cast.ann.get(path(receipt)).content.decode()
