"""Standard Webhooks signatures, checked against the specification's own library."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from signalcast.core.clock import now
from signalcast.core.signing import TOLERANCE, BadSignature, new_secret, sign, verify

NOW = 1_780_000_000
BODY = b'{"type": "signal.published"}'


def headers(signature: str, *, at: int = NOW, message_id: str = "msg_1") -> dict[str, str]:
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": signature,
    }


@given(body=st.text(), message_id=st.from_regex(r"\Amsg_[a-z2-7]{26}\Z"))
def test_the_other_library_accepts_what_we_sign(body: str, message_id: str) -> None:
    secret, stamp = new_secret(), int(now().timestamp())
    signature = sign(secret, message_id, stamp, body.encode())
    moment = datetime.fromtimestamp(stamp, UTC)

    assert signature == Webhook(secret).sign(message_id, moment, body)


def test_we_accept_what_the_other_library_signs() -> None:
    secret = new_secret()
    signature = Webhook(secret).sign("msg_1", datetime.fromtimestamp(NOW, UTC), BODY.decode())

    verify([secret], headers(signature), BODY, NOW)


def test_all_secrets_sign_so_that_either_key_of_a_rotation_fits() -> None:
    new, old = new_secret(), new_secret()
    signature = sign(f"{new} {old}", "msg_1", NOW, BODY)

    assert len(signature.split()) == 2
    verify([new], headers(signature), BODY, NOW)
    verify([old], headers(signature), BODY, NOW)
    verify([new_secret(), old], headers(signature), BODY, NOW)


def test_a_secret_without_prefix_is_taken_as_it_is() -> None:
    verify(["tradingview"], headers(sign("tradingview", "msg_1", NOW, BODY)), BODY, NOW)


@pytest.mark.parametrize("skew", [TOLERANCE - 1, TOLERANCE, 1 - TOLERANCE, -TOLERANCE])
def test_a_clock_that_is_off_by_up_to_five_minutes_does_no_harm(skew: int) -> None:
    verify(["s"], headers(sign("s", "msg_1", NOW + skew, BODY), at=NOW + skew), BODY, NOW)


@pytest.mark.parametrize(
    ("skew", "words"), [(-TOLERANCE - 1, "older"), (TOLERANCE + 1, "from the future")]
)
def test_a_message_further_off_is_refused(skew: int, words: str) -> None:
    with pytest.raises(BadSignature, match=words):
        verify(["s"], headers(sign("s", "msg_1", NOW + skew, BODY), at=NOW + skew), BODY, NOW)


def test_nothing_that_was_signed_can_be_exchanged() -> None:
    good = headers(sign("s", "msg_1", NOW, BODY))
    for bad in (
        good | {"webhook-id": "msg_2"},
        good | {"webhook-timestamp": str(NOW + 1)},
        good | {"webhook-signature": sign("other", "msg_1", NOW, BODY)},
        good | {"webhook-signature": ""},
        good | {"webhook-signature": "v1,\udcff v2," + good["webhook-signature"][3:]},
    ):
        with pytest.raises(BadSignature, match="No signature fits"):
            verify(["s"], bad, BODY, NOW)
    with pytest.raises(BadSignature, match="No signature fits"):
        verify(["s"], good, BODY + b" ", NOW)
    with pytest.raises(BadSignature, match="No signature fits"):
        verify([], good, BODY, NOW)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_named(name: str) -> None:
    given_headers = headers(sign("s", "msg_1", NOW, BODY))
    del given_headers[name]
    with pytest.raises(BadSignature, match=name):
        verify(["s"], given_headers, BODY, NOW)


@pytest.mark.parametrize("stamp", ["", "now", "-1", "+1780000000", "1_780_000_000", "9" * 400, "٣"])
def test_a_timestamp_that_is_no_number_is_refused(stamp: str) -> None:
    with pytest.raises(BadSignature):
        verify(["s"], headers("v1,x") | {"webhook-timestamp": stamp}, BODY, NOW)


def test_new_secrets_differ_and_are_long() -> None:
    assert new_secret() != new_secret()
    assert new_secret().startswith("whsec_")
    assert len(new_secret()) >= 38
