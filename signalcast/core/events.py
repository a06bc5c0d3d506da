"""Named facts. Code says what happened by name and fields; one place turns that into log lines."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

from signalcast.core.env import environment

# What a command prints is for whoever called it; what happened meanwhile goes beside it.
structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
_log = structlog.get_logger("signalcast")


Listener = Callable[[str, dict[str, Any]], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Have LISTENER told of every event, with its fields, that happens within the block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def _tell(event: str, fields: dict[str, Any]) -> None:
    if listener := _listener.get():
        listener(event, fields)


def emit(event: str, /, **fields: Any) -> None:
    """Tell that EVENT (past tense, dotted: `delivery.sent`) happened. Never fails the caller."""
    try:
        _tell(event, fields)
        _log.info(event, **fields)
    except Exception:  # observation never fails the work
        logging.getLogger("signalcast").debug("event lost", exc_info=True)


def warn(event: str, /, **fields: Any) -> None:
    """Tell that something happened that an operator should look at."""
    try:
        _tell(event, fields)
        _log.warning(event, **fields)
    except Exception:  # observation never fails the work
        logging.getLogger("signalcast").debug("event lost", exc_info=True)


def set_up() -> None:
    """Write events to standard error, as JSON or for people, as the environment says."""
    settings = environment()
    human = settings.log_format == "human" or (not settings.log_format and sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            getattr(logging, settings.log_level.upper())
        ),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
