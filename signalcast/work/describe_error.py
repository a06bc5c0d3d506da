"""An exception in words, whatever it does when it is asked for them."""

from __future__ import annotations

import traceback

from signalcast.core.redact import redacted

#: Characters of a traceback that are kept: its end, which says what happened.
LONGEST = 16_000
#: Characters of the last line.
LONGEST_LINE = 1_000


def describe_error(error: BaseException) -> tuple[str, str]:
    """Its last line and its whole traceback, both cut and without secrets. Never raises."""
    try:
        told = traceback.TracebackException.from_exception(error)
        line = "".join(told.format_exception_only()).strip().splitlines()[-1]
        whole = "".join(told.format())
    except Exception:  # a class of errors with faults of its own
        line = whole = type(error).__name__
    safe = "\n".join(redacted(one) for one in whole[-LONGEST:].splitlines())
    return redacted(line[:LONGEST_LINE]), safe
