"""How old an alert is by its own account."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from django.utils.translation import gettext as _

#: Members that tell a time, the best first: TradingView's `time` is when the bar began.
NAMES = ("timenow", "timestamp", "time")


def too_old(members: dict[str, msgspec.Raw], *, most: int, now: datetime) -> str:
    """Why an alert is past its MOST seconds, as a sentence; "" when it isn't or tells no time."""
    for name in NAMES:
        if name in members:
            told = _time(members[name])
            if told is not None:
                lag = (now - told).total_seconds()
                if lag > most:
                    return _(
                        "The alert says that it is of %(told)s: it came %(lag)d seconds late, and"
                        " its source allows %(most)d."
                    ) % {"told": told.isoformat(), "lag": lag, "most": most}
                return ""
    return ""


def _time(raw: msgspec.Raw) -> datetime | None:
    """ISO 8601, or seconds, milliseconds or microseconds since 1970, as a number or text."""
    try:
        value = msgspec.json.decode(raw, type=str | int | float)
        if isinstance(value, str):
            text = value.strip()
            if not text.replace(".", "", 1).isdigit():
                moment = datetime.fromisoformat(text)
                return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            value = float(text)
        while value > 1e11:
            value /= 1_000
        return datetime.fromtimestamp(value, UTC)
    except (msgspec.DecodeError, ValueError, OverflowError, OSError):
        return None
