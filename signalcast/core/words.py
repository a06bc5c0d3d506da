"""What a person reads, before it is known in which language."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

#: Words, lazy where they can be translated.
Words: TypeAlias = "str | _StrPromise"
