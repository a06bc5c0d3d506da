"""Pages of long lists by the key of the last row seen: as fast at the end as at the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)
SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page, newest first, and the key that the next one starts after ("" at the end)."""

    rows: list[Row]
    after: str


def page(rows: QuerySet[Row], after: str, *, size: int = SIZE) -> Page[Row]:
    """The rows whose keys come before AFTER; all keys are made in the order of time."""
    if after:
        try:
            rows = rows.filter(pk__lt=_key(rows, after))
        except (ValidationError, ValueError):
            rows = rows.none()
    found = list(rows.order_by("-pk")[: size + 1])
    return Page(found[:size], str(found[size - 1].pk) if len(found) > size else "")


def _key(rows: QuerySet[Any], text: str) -> Any:
    return rows.model._meta.pk.to_python(text)
