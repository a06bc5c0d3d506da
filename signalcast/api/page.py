"""Lists in pages: a cursor names the last row seen, so that new rows shift nothing."""

from __future__ import annotations

import base64
import binascii
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from signalcast.api.refuse import ParameterError, wrong

Row = TypeVar("Row", bound=Model)
#: The largest key of a database.
LARGEST = 2**63 - 1


def page(rows: QuerySet[Row], cursor: str, limit: int) -> tuple[list[Row], str | None]:
    """The rows behind CURSOR, newest first, and the cursor of the next page; None at the end.

    All keys are made in the order of time. Raises Problem.
    """
    if cursor:
        rows = rows.filter(pk__lt=_read(rows, cursor))
    found = list(rows.order_by("-pk")[: limit + 1])
    if len(found) <= limit:
        return found, None
    return found[:limit], _written(found[limit - 1].pk)


def _written(key: object) -> str:
    return base64.urlsafe_b64encode(f"k:{key}".encode()).decode().rstrip("=")


def _read(rows: QuerySet[Any], cursor: str) -> Any:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        if not text.startswith("k:"):
            raise ValueError(text)
        key = rows.model._meta.pk.to_python(text.removeprefix("k:"))
        if isinstance(key, int) and not 0 < key <= LARGEST:
            raise ValueError(text)
    except (ValueError, ValidationError, binascii.Error):
        said = _("It is no cursor of this list. Take `next` of a page, or leave it out.")
        raise wrong(ParameterError("cursor", said)) from None
    return key
