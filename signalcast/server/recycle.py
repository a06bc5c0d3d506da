"""When a worker of the web server is to be replaced."""

from __future__ import annotations

import random
from dataclasses import dataclass

from signalcast.core.env import environment

#: Seconds that a page may stand still past its deadline before its worker is replaced.
STUCK_WITHIN = 5.0
#: Each worker's limits are stretched or shortened by up to this part, so that not all leave at
#: once.
JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests, seconds and bytes of one worker; 0 where there is none."""

    requests: float
    lifetime: float
    memory: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What a worker has done and is: requests, seconds, bytes, and seconds that a page is stuck."""

    requests: int
    age: float
    memory: int
    stuck: float


def limits() -> Limits:
    """Those of a new worker."""
    settings = environment()
    part = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - nobody gains by guessing it
    return Limits(
        settings.web_max_requests * part,
        settings.web_max_lifetime * part,
        settings.web_max_memory * 1_048_576.0,
    )


def due(worker: Figures, limit: Limits) -> str:
    """Why a worker is to be replaced, in a word; "" while it may go on."""
    if limit.requests and worker.requests >= limit.requests:
        return "requests"
    if limit.lifetime and worker.age >= limit.lifetime:
        return "lifetime"
    if limit.memory and worker.memory >= limit.memory:
        return "memory"
    return "stuck" if worker.stuck >= STUCK_WITHIN else ""
