"""How long something shall last, as people write it."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from signalcast.ops.queues.pause_queue import LONGEST

UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
WRITTEN = re.compile(r"([0-9]{1,6})([smhd])")


class WrongSpan(ValueError):
    """It cannot be read, or is too long; the text says how to write it."""


def span_of(text: str) -> float | None:
    """Seconds of 90s, 15m, 4h or 2d; None, which is without an end, of nothing."""
    if not text:
        return None
    found = WRITTEN.fullmatch(text.strip().lower())
    seconds = int(found[1]) * UNITS[found[2]] if found else 0.0
    if not 0 < seconds <= LONGEST:
        raise WrongSpan(
            _("%(text)r cannot be used: write 90s, 15m, 4h or 2d, up to %(days)d days.")
            % {"text": text[:40], "days": LONGEST / 86_400}
        )
    return seconds
