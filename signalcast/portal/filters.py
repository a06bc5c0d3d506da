"""What a form of filters asks for."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest


def filters_of(request: HttpRequest, names: Iterable[str]) -> dict[str, str]:
    """The text of each filter, empty where there is none.

    Without NUL, which no text holds and PostgreSQL refuses to look for.
    """
    return {name: request.GET.get(name, "").replace("\0", "").strip() for name in names}
