"""What sources were refused for last."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from signalcast.core import events
from signalcast.core.broker import broker
from signalcast.intake.note_refusal import Refusal, refusal_key

_decode = msgspec.json.Decoder(Refusal).decode


def last_refusals(sources: Sequence[int]) -> dict[int, Refusal]:
    """The last refusal of each of SOURCES that had one; of none while the broker is away."""
    if not sources:
        return {}
    try:
        notes = broker().mget([refusal_key(source) for source in sources])
        pairs = zip(sources, notes, strict=True)
        return {source: _decode(note) for source, note in pairs if note}
    except Exception as error:  # pages are shown without it
        events.warn("refusals.unknown", error=str(error))
        return {}
