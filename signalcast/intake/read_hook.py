"""Turns a hook's request into a receipt, whatever it says."""

from __future__ import annotations

import msgspec
from django.utils.translation import gettext as _

from signalcast.core import clock
from signalcast.core.signing import BadSignature, verify
from signalcast.intake.hook_secret import read_object, take_secret
from signalcast.intake.lag import too_old
from signalcast.intake.new_receipt import (
    MESSAGE,
    REQUEST,
    NewReceipt,
    key_of,
    key_of_body,
    thread_name,
)
from signalcast.intake.problems import unauthorized
from signalcast.intake.sources import KnownSource
from signalcast.intake.states import Door

#: Members that name the instrument: alerts about the same one are decided in the order they came.
TICKERS = ("ticker", "symbol")
TEXT_THREAD = "text"


def read_hook(source: KnownSource, headers: dict[str, str], body: bytes) -> NewReceipt:
    """The receipt to store. Raises Problem 401 when the signature or the body's secret is wrong."""
    now = clock.now()
    if source.signing_secret:
        try:
            verify([source.signing_secret], headers, body, int(now.timestamp()))
        except BadSignature as error:
            raise unauthorized(str(error)) from None
    members = read_object(body)
    body, fits = take_secret(body, members, expected=source.body_secret)
    if not fits:
        raise unauthorized(_("The secret in the body is missing or not the right one."))
    ignored = ""
    if members is not None and source.max_lag is not None:
        ignored = too_old(members, most=source.max_lag, now=now)
    return NewReceipt(
        source_id=source.id,
        door=Door.HOOK,
        body=body,
        key=_key(headers, body),
        thread=TEXT_THREAD if members is None else _thread(members),
        ignored=ignored,
    )


def _key(headers: dict[str, str], body: bytes) -> str:
    if given := headers.get("idempotency-key"):
        return key_of(REQUEST, given)
    if given := headers.get("webhook-id"):
        return key_of(MESSAGE, given)
    return key_of_body(body)


def _thread(members: dict[str, msgspec.Raw]) -> str | None:
    for name in TICKERS:
        if name in members:
            try:
                ticker = msgspec.json.decode(members[name], type=str).strip().upper()
            except (msgspec.DecodeError, UnicodeError):
                continue
            return thread_name(f"sym:{ticker}")
    return TEXT_THREAD
