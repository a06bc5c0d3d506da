"""Read how long a receiver asks to be left alone."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from signalcast.core.clock import now
from signalcast.pipeline import RETRY_DELAYS

#: Seconds that the longest wait may take: all retries together.
LONGEST = float(sum(RETRY_DELAYS))


def retry_after(text: str) -> float | None:
    """Seconds in a Retry-After header: a number or an HTTP date. None when it says neither."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return None
    if moment.tzinfo is None:
        return None
    return min(max((moment - now()).total_seconds(), 0.0), LONGEST)
