"""The typed signal: its schema, and what must be true of it beyond the schema.

Numbers are decimal strings, because JSON numbers lose digits on their way through floats.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Number = Annotated[str, Meta(max_length=32)]
Reference = Annotated[str, Meta(min_length=1, max_length=128)]


class TypedTarget(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """A take-profit level. `share` is the part of the position to close there, at most 1."""

    price: Number
    share: Number | UnsetType | None = UNSET


class TypedSignal(
    msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, frozen=True
):
    """One signal as posted. A field that was not posted is UNSET; null takes a value away.

    Without `action` it is a new signal; an update, close or cancel names the earlier one by `ref`.
    """

    id: Reference | UnsetType = UNSET
    ref: Reference | UnsetType = UNSET
    action: Literal["update", "close", "cancel"] | UnsetType = UNSET
    symbol: Annotated[str, Meta(max_length=32)] | UnsetType = UNSET
    side: Literal["buy", "sell"] | UnsetType = UNSET
    order_type: Literal["market", "limit", "stop"] | UnsetType = UNSET
    entries: Annotated[list[Number], Meta(max_length=20)] | UnsetType = UNSET
    stop_loss: Number | UnsetType | None = UNSET
    take_profits: Annotated[list[TypedTarget], Meta(max_length=20)] | UnsetType = UNSET
    leverage: Number | UnsetType | None = UNSET
    timeframe: Annotated[str, Meta(max_length=16)] | UnsetType | None = UNSET
    valid_until: Annotated[datetime, Meta(tz=True)] | UnsetType | None = UNSET
    comment: Annotated[str, Meta(max_length=4_000)] | UnsetType = UNSET


FIELDS = TypedSignal.__struct_fields__

decode = msgspec.json.Decoder(TypedSignal).decode
#: The canonical JSON of a signal: what a receipt of the typed door holds.
encode = msgspec.json.Encoder().encode
