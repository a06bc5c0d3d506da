"""Spans: what took how long within what. Nothing is traced before somebody says where to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

#: Starts a span of a name with attributes, and ends it with the block.
Starter = Callable[[str, dict[str, Any]], AbstractContextManager[Any]]
#: Adds attributes to the span that is under way.
Annotator = Callable[[dict[str, Any]], None]

_NOTHING = nullcontext()


class _Tracing:
    def __init__(self) -> None:
        self.start: Starter | None = None
        self.annotate: Annotator | None = None


_tracing = _Tracing()


def trace_with(start: Starter, annotate: Annotator) -> None:
    """Have all spans of this process started by START. Neither may raise."""
    _tracing.start, _tracing.annotate = start, annotate


def span(name: str, /, **ids: Any) -> AbstractContextManager[Any]:
    """The time of a block, with the ids of what it is about. Costs nothing while nobody traces."""
    return _tracing.start(name, ids) if _tracing.start else _NOTHING


def annotate(**ids: Any) -> None:
    """Say more about the span that is under way."""
    if _tracing.annotate:
        _tracing.annotate(ids)
