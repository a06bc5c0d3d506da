"""The owner's own words, as contents carry them."""

from __future__ import annotations

from signalcast.channels.base import WordingTexts
from signalcast.channels.models import Wording


def wordings_of(type_: str) -> dict[tuple[str, str], WordingTexts]:
    """The wordings of a type, by channel and language."""
    rows = Wording.objects.filter(type=type_)
    return {(row.kind, row.language): WordingTexts(row.subject, row.body) for row in rows}
