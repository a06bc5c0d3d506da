"""When to try again."""

from __future__ import annotations

import random

from signalcast.pipeline import RETRY_DELAYS, RETRY_JITTER

#: Steps between the shortest and the longest jitter. Few, so that deliveries that failed together
#: are put off in a few statements.
STEPS = 8


def retry_delay(attempts: int) -> float | None:
    """Seconds to the next attempt after so many, jittered; None when all are used up."""
    if attempts > len(RETRY_DELAYS):
        return None
    part = random.randint(-STEPS // 2, STEPS // 2) / (STEPS // 2)  # noqa: S311
    return RETRY_DELAYS[attempts - 1] * (1 + RETRY_JITTER * part)
