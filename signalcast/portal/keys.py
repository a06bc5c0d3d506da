"""Keys in addresses and forms, as people and programs send them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID


def read_uuid(text: str) -> UUID | None:
    """The key that TEXT spells; None when it spells none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def read_uuids(texts: Iterable[str]) -> list[UUID]:
    """The keys among TEXTS, each once."""
    return list(dict.fromkeys(key for text in texts if (key := read_uuid(text)) is not None))
