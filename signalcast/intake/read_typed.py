"""Turns a good typed signal into a receipt."""

from __future__ import annotations

from msgspec import UNSET

from signalcast.intake.new_receipt import (
    REQUEST,
    SIGNAL,
    NewReceipt,
    key_of,
    key_of_body,
    thread_name,
)
from signalcast.intake.states import Door
from signalcast.intake.typed import TypedSignal, encode


def read_typed(source_id: int, signal: TypedSignal, *, request_key: str) -> NewReceipt:
    """The receipt to store. REQUEST_KEY is the Idempotency-Key of this item, "" without one."""
    body = encode(signal)
    thread = signal.id if signal.ref is UNSET else signal.ref
    if request_key:
        key = key_of(REQUEST, request_key)
    elif signal.id is not UNSET:
        key = key_of(SIGNAL, signal.id)
    else:
        key = key_of_body(body)
    return NewReceipt(
        source_id=source_id,
        door=Door.TYPED,
        body=body,
        key=key,
        thread=None if thread is UNSET else thread_name(thread),
    )
