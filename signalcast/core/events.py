"""Named facts. Code says what happened by name and fields; one place turns that into log lines."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import msgspec
import structlog

from signalcast.core.env import environment
from signalcast.core.log_output import LogOutput
from signalcast.core.redact import redact

#: The ids of what is under way: request, receipt, signal, job, delivery.
_about: ContextVar[Mapping[str, Any]] = ContextVar("about", default={})  # noqa: B039 - never changed

# What a command prints is for whoever called it; what went wrong meanwhile goes beside it.
structlog.configure(
    wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
)
_log = structlog.get_logger("signalcast")


Listener = Callable[[str, dict[str, Any]], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Have LISTENER told of every event, with its fields without secrets, within the block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def _tell(event: str, fields: dict[str, Any]) -> None:
    if listener := _listener.get():
        listener(event, redact(None, "", dict(fields)))


def emit(event: str, /, **fields: Any) -> None:
    """Tell that EVENT (past tense, dotted: `delivery.sent`) happened. Never fails the caller."""
    with suppress(Exception):  # observation never fails the work
        _tell(event, fields)
        _log.info(event, **fields)


def warn(event: str, /, *, cause: BaseException | None = None, **fields: Any) -> None:
    """Tell that something happened that an operator should look at.

    CAUSE is the error behind it; within an `except` block it is the one that was caught.
    """
    with suppress(Exception):  # observation never fails the work
        _tell(event, fields)
        _log.warning(event, **fields)
    for watcher in _watchers:
        with suppress(Exception):
            watcher(event, cause or sys.exc_info()[1], fields)


#: Told of each warning, the error behind it if there is one, and the warning's fields.
Watcher = Callable[[str, BaseException | None, Mapping[str, Any]], None]
_watchers: list[Watcher] = []


def watch_warnings(watcher: Watcher) -> None:
    """Have WATCHER told of every warning of this process from now on. It must be quick."""
    if watcher not in _watchers:
        _watchers.append(watcher)


@contextmanager
def about(**ids: Any) -> Iterator[None]:
    """Put these ids on every line that the block writes, also in tasks that it starts."""
    before = _about.set({**_about.get(), **ids})
    try:
        yield
    finally:
        _about.reset(before)


def now_about(**ids: Any) -> None:
    """Put these ids, and no others, on every line from now on: for loops that must be fast."""
    _about.set(ids)


def ids() -> Mapping[str, Any]:
    """The ids of what is under way here."""
    return _about.get()


def set_up() -> None:
    """Write events to standard error, as JSON or for people, as the environment says.

    What libraries log goes the same way.
    """
    from signalcast.core.library_log import listen_to_libraries

    settings = environment()
    human = settings.log_format == "human" or (not settings.log_format and sys.stderr.isatty())
    output = LogOutput(sys.stderr)
    structlog.configure(
        processors=[
            _with_ids,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if human else _json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            getattr(logging, settings.log_level.upper())
        ),
        logger_factory=lambda *_: output,
        # A process may set up again after its standard error became another one.
        cache_logger_on_first_use=False,
    )
    listen_to_libraries()


def _with_ids(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> dict[str, Any]:
    return {**_about.get(), **fields, "pid": os.getpid()}


def _json(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> str:
    first = {name: fields.pop(name, None) for name in ("timestamp", "level", "event")}
    told = {name: value for name, value in fields.items() if value is not None}
    return msgspec.json.encode({**first, **told}).decode()
