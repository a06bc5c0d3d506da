"""The doors: what is accepted is stored once; what is not is told in words, never by a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now

from signalcast.core import clock, signing
from signalcast.core.secrets import token_digest
from signalcast.feeds.models import Feed, Source
from signalcast.intake.models import IdempotencyKey, Receipt
from signalcast.intake.tests.site import TOKEN, Driven, driven

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

NEW: dict[str, Any] = {
    "id": "tv-1", "symbol": "BTCUSDT", "side": "buy", "order_type": "limit",
    "entries": ["64250.5"], "stop_loss": "63000",
    "take_profits": [{"price": "65000", "share": "0.5"}, {"price": "66000", "share": "0.5"}],
}  # fmt: skip


@pytest.fixture
def source() -> Source:
    feed = Feed.objects.create(slug="crypto", name="Crypto")
    return Source.objects.create(slug="desk", feed=feed, token_digest=token_digest(TOKEN))


@pytest.fixture
def site(source: Source) -> Iterator[Driven]:
    with driven() as made:
        yield made


def stored() -> list[Receipt]:
    return list(Receipt.objects.order_by("pk"))


def test_a_signal_is_on_disk_when_it_is_answered(site: Driven) -> None:
    answer = site.signal(NEW)

    assert answer.status == 202
    assert answer.body["receipts"][0]["status"] == "accepted"
    [receipt] = stored()
    assert answer.ids == [str(receipt.pk)]
    assert json.loads(bytes(receipt.body)) == NEW
    assert receipt.thread == "tv-1"
    assert receipt.due is not None


def test_a_repeated_id_is_answered_with_the_first_receipt(site: Driven) -> None:
    first, second = site.signal(NEW), site.signal(NEW | {"comment": "again"})

    assert second.status == 202
    assert second.body["receipts"][0]["status"] == "duplicate"
    assert second.ids == first.ids
    assert len(stored()) == 1


def test_fifty_at_once_in_two_processes_are_one_signal(source: Source) -> None:
    with driven() as one, driven() as other:
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        body = json.dumps(NEW).encode()
        begun = [
            site.begin("/in/v1/signals", body, headers) for _ in range(25) for site in (one, other)
        ]
        answers = [future.result(20) for future in begun]

    assert {answer.status for answer in answers} == {202}
    assert len({answer.ids[0] for answer in answers}) == 1
    assert len(stored()) == 1


def test_an_identical_body_without_an_id_is_a_repeat_only_for_a_while(site: Driven) -> None:
    body = {name: value for name, value in NEW.items() if name != "id"}
    first, second = site.signal(body), site.signal(body)
    assert second.ids == first.ids

    IdempotencyKey.objects.update(expires_at=Now() - timedelta(seconds=1))
    third = site.signal(body)
    assert third.ids != first.ids
    assert len(stored()) == 2


def test_many_at_once_share_few_transactions(site: Driven) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    site.signal(NEW)
    bodies = [json.dumps(NEW | {"id": f"s-{n}"}).encode() for n in range(200)]
    answers = site.post_together("/in/v1/signals", bodies, headers)

    assert {answer.status for answer in answers} == {202}
    assert len(stored()) == 201
    # Rows of one transaction were received in the same instant of the database's clock.
    assert Receipt.objects.values("received_at").distinct().count() < 100


def test_a_list_is_answered_in_order_and_item_by_item(site: Driven) -> None:
    answer = site.signal([NEW, {"symbol": "x"}, NEW | {"id": "tv-2"}])

    assert answer.status == 207
    states = [receipt["status"] for receipt in answer.body["receipts"]]
    assert states == ["accepted", "refused", "accepted"]
    assert answer.body["receipts"][1]["index"] == 1
    assert len(stored()) == 2


def test_one_signal_a_line_is_a_list(site: Driven) -> None:
    lines = b"\n".join(json.dumps(NEW | {"id": f"s-{n}"}).encode() for n in range(3)) + b"\n"
    answer = site.signal(lines, content_type="application/x-ndjson")

    assert answer.status == 202
    assert len(answer.ids) == 3


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"entries": ["NaN"]}, "/entries/0"),
        ({"entries": ["Infinity"]}, "/entries/0"),
        ({"entries": ["-1"]}, "/entries/0"),
        ({"entries": ["1e30"]}, "/entries/0"),
        ({"entries": ["0"]}, "/entries/0"),
        ({"entries": [64250.5]}, "/entries/0"),
        ({"entries": "64250"}, "/entries"),
        ({"stop_loss": "70000"}, "/stop_loss"),
        ({"side": "sell"}, "/stop_loss"),
        ({"side": "up"}, "/side"),
        ({"symbol": "btc usdt"}, "/symbol"),
        ({"symbol": 5}, "/symbol"),
        ({"take_profits": [{"price": "66000"}, {"price": "65000"}]}, "/take_profits/1/price"),
        ({"take_profits": [{"price": "66000", "share": "1.5"}]}, "/take_profits"),
        ({"leverage": "100000"}, "/leverage"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "/valid_until"),
        ({"valid_until": "soon"}, "/valid_until"),
        ({"surprise": 1}, "/surprise"),
        ({"action": "close"}, "/ref"),
        ({"id": "x" * 200}, "/id"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_and_nothing_is_stored(
    site: Driven, changes: dict[str, Any], pointer: str
) -> None:
    answer = site.signal(NEW | changes)

    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in answer.pointers
    assert all(error["detail"] for error in answer.body["errors"])
    assert stored() == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nonsense", b"\xff\xfe\xfd", b"[]", b"null", b'"text"', b"[" * 100_000,
        b'{"a":' * 50_000, b'{"symbol": "BTC", "side": "buy", "stop_loss": 1e99999}',
        b'{"symbol": "BTC\\ud800", "side": "buy"}', b"\x00" * 100,
    ],
    ids=lambda body: repr(body[:12]),
)  # fmt: skip
def test_what_is_no_signal_is_refused_in_words(site: Driven, body: bytes) -> None:
    answer = site.signal(body)

    assert answer.status == 422
    assert answer.body["errors"]
    assert stored() == []


def test_a_body_of_ten_megabytes_and_a_hundred_thousand_items_are_too_much(site: Driven) -> None:
    assert site.signal(b" " * 10_000_000).status == 413
    assert site.hook(b"x" * 10_000_000).status == 413
    many = b"[" + b",".join([b"{}"] * 100_000) + b"]"
    answer = site.signal(many)
    assert answer.status == 413
    assert "1000" in answer.body["detail"].replace(",", "")
    assert stored() == []


def test_tokens_types_and_methods_are_told_apart(site: Driven) -> None:
    assert site.signal(NEW, authorization="Bearer wrong").status == 401
    assert site.signal(NEW, authorization="").status == 401
    assert site.post("/in/hooks/wrong", b"x").status == 401
    assert site.signal(NEW, content_type="text/html").status == 415
    assert stored() == []


def test_a_source_that_posts_too_much_is_asked_to_wait(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    from signalcast.core import env

    monkeypatch.setenv("SIGNALCAST_INTAKE_RATE", "1")
    monkeypatch.setenv("SIGNALCAST_INTAKE_BURST", "3")
    env.environment.cache_clear()
    try:
        with driven() as site:
            answers = [site.signal(NEW | {"id": f"s-{n}"}) for n in range(5)]
    finally:
        monkeypatch.undo()
        env.environment.cache_clear()

    assert [answer.status for answer in answers] == [202, 202, 202, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    "body",
    [b"BUY BTCUSDT @ 64250", b"", b"\xff\xfe", b"{", b"[1, 2", b"\x00", "кофе".encode(), b"x" * 99],
)
def test_a_hook_keeps_whatever_it_is_sent(site: Driven, body: bytes) -> None:
    assert site.hook(body).status == 202
    assert [bytes(receipt.body) for receipt in stored()] == [body]


def test_a_secret_in_the_body_is_checked_and_never_stored(source: Source) -> None:
    source.body_secret = "hush-hush"
    source.save()
    with driven() as site:
        assert site.hook({"ticker": "BTCUSDT", "action": "buy"}).status == 401
        assert site.hook({"ticker": "BTCUSDT", "secret": "wrong"}).status == 401
        alert = {"ticker": "BTCUSDT", "action": "buy", "secret": "hush-hush"}
        assert site.hook(alert).status == 202
        assert site.hook(b"BUY BTCUSDT\nsecret=hush-hush\n").status == 202

    bodies = [bytes(receipt.body) for receipt in stored()]
    assert len(bodies) == 2
    assert all(b"hush" not in body for body in bodies)
    assert json.loads(bodies[0]) == {"ticker": "BTCUSDT", "action": "buy"}


def test_a_signed_hook_is_accepted_once_and_an_unsigned_one_is_not(source: Source) -> None:
    source.signing_secret = signing.new_secret()
    source.save()
    body = b'{"ticker": "BTCUSDT", "action": "buy"}'
    stamp = int(clock.now().timestamp())
    headers = {
        "webhook_id": "msg_1",
        "webhook_timestamp": str(stamp),
        "webhook_signature": signing.sign(source.signing_secret, "msg_1", stamp, body),
    }
    with driven() as site:
        assert site.hook(body).status == 401
        assert site.hook(body + b" ", **headers).status == 401
        first, replay = site.hook(body, **headers), site.hook(body, **headers)

    assert first.status == 202
    assert replay.ids == first.ids
    assert len(stored()) == 1


def test_an_alert_that_is_too_late_is_kept_and_not_worked_on(source: Source) -> None:
    source.max_lag = 60
    source.save()
    late = (clock.now() - timedelta(minutes=5)).isoformat()
    fresh = clock.now().isoformat()
    with driven() as site:
        assert site.hook({"ticker": "BTCUSDT", "action": "buy", "timenow": late}).status == 202
        assert site.hook({"ticker": "BTCUSDT", "action": "buy", "timenow": fresh}).status == 202

    ignored, accepted = stored()
    assert ignored.state == "ignored"
    assert ignored.due is None
    assert "60" in ignored.reason
    assert accepted.state == "received"


def test_a_row_that_the_database_refuses_fails_its_own_caller_alone(source: Source) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    with driven() as site:
        site.signal(NEW | {"id": "warm"})
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE intake_receipt ADD COLUMN trap integer NULL")
            cursor.execute("CREATE UNIQUE INDEX trap_thread ON intake_receipt (thread)")
        try:
            # Two different ids about one thread: the second row breaks the trap's uniqueness.
            clash = {"ref": "tv-9", "action": "close"}
            begun = [
                site.begin("/in/v1/signals", json.dumps(body).encode(), headers)
                for body in (
                    *(NEW | {"id": f"good-{n}"} for n in range(5)),
                    clash | {"id": "c-1"},
                    clash | {"id": "c-2"},
                    *(NEW | {"id": f"more-{n}"} for n in range(5)),
                )
            ]
            statuses = [future.result(20).status for future in begun]
        finally:
            with connection.cursor() as cursor:
                suffix = " ON intake_receipt" if connection.vendor == "mysql" else ""
                cursor.execute(f"DROP INDEX trap_thread{suffix}")
                cursor.execute("ALTER TABLE intake_receipt DROP COLUMN trap")

    assert statuses.count(202) == 11
    assert all(status < 500 for status in statuses)
    assert len(stored()) == 12
