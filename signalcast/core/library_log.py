"""What libraries log, as events like our own."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType

from signalcast.core import events

LONGEST_TEXT = 500


def listen_to_libraries() -> None:
    """Take the place of every other handler of the root logger, and of uncaught errors' print."""
    logging.basicConfig(level=logging.WARNING, handlers=[AsEvents()], force=True)
    if not sys.stderr.isatty():  # somebody at a terminal wants Python's own words
        sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


class AsEvents(logging.Handler):
    """Writes a library's record as an event."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write it. Whatever the record is, this does not fail."""
        try:
            text = record.getMessage().partition("\n")[0][:LONGEST_TEXT]
        except Exception:  # its arguments do not fit its text, or fail themselves
            text = f"{record.msg}"[:LONGEST_TEXT] if isinstance(record.msg, str) else ""
        told = {"library": record.name, "text": text, **_error(record)}
        if record.levelno >= logging.WARNING:
            # What is less than an error to a library was expected: a request without rights.
            failed = record.levelno >= logging.ERROR and record.exc_info
            cause = record.exc_info[1] if failed and record.exc_info else None
            events.warn("library.warned", cause=cause, **told)
        else:
            events.emit("library.warned", **told)


def _error(record: logging.LogRecord) -> dict[str, str]:
    if not record.exc_info or record.exc_info[1] is None:
        return {}
    return {"exception": _traceback(record.exc_info[1])}


def _traceback(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))
    except Exception:  # its own code is part of that
        return type(error).__name__


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    events.warn("process.failed", cause=error, error=kind.__name__, exception=_traceback(error))


def _uncaught_in_thread(raised: threading.ExceptHookArgs) -> None:
    if raised.exc_value is None or issubclass(raised.exc_type, SystemExit):
        return
    name = raised.thread.name if raised.thread else ""
    events.warn(
        "thread.failed",
        cause=raised.exc_value,
        thread=name,
        error=raised.exc_type.__name__,
        exception=_traceback(raised.exc_value),
    )
