"""The settings in every template, as `shop`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from signalcast.shop.current import current


def shop(_request: HttpRequest) -> dict[str, Any]:
    """Asked for by the templates that show something of it: parts of pages don't."""
    return {"shop": SimpleLazyObject(current)}
