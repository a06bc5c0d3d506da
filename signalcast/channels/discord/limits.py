"""When Discord wants to hear from us again, as its answers say."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from signalcast.channels.webhook.retry_after import LONGEST, retry_after
from signalcast.core.http import Answer

#: Webhooks whose limits are remembered.
KEPT = 4_096
#: Seconds to wait after a 429 that does not say for how long.
USUAL_WAIT = 60.0


@dataclass(slots=True)
class Bucket:
    """What one webhook still takes, until its bucket is full again."""

    remaining: float
    full_at: float


class RateLimits:
    """The limits of all webhooks that one transport speaks to. Times are of a monotonic clock."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._nothing_before = 0.0

    def take(self, webhook: str, clock: float) -> float:
        """Seconds until something may be sent to WEBHOOK. When it is 0, it counts as sent."""
        rest = self._nothing_before - clock
        if rest > 0:
            return rest
        bucket = self._buckets.get(webhook)
        if bucket is None or bucket.full_at <= clock:
            return 0.0
        if bucket.remaining <= 0:
            return bucket.full_at - clock
        bucket.remaining -= 1
        return 0.0

    def learn(self, webhook: str, headers: Mapping[str, str], clock: float) -> None:
        """Read an answer's headers.

        What is in flight meanwhile is already taken off what we know, so the lower number counts.
        """
        remaining = _number(headers.get("X-RateLimit-Remaining"))
        after = _number(headers.get("X-RateLimit-Reset-After"))
        if remaining is None or after is None:
            return
        known = self._buckets.get(webhook)
        if known is not None and known.full_at > clock:
            remaining = min(remaining, known.remaining)
        self._hold(webhook, Bucket(remaining, clock + min(after, LONGEST)))

    def refused(self, webhook: str, answer: Answer, clock: float) -> float:
        """Seconds that a 429 asks to wait: this webhook, or all of them when it is global."""
        said = _said(answer.body)
        wait = _number(said.get("retry_after"))
        if wait is None:
            wait = retry_after(answer.headers.get("Retry-After", ""))
        wait = USUAL_WAIT if wait is None else min(wait, LONGEST)
        if said.get("global") is True or "X-RateLimit-Global" in answer.headers:
            self._nothing_before = max(self._nothing_before, clock + wait)
        else:
            self._hold(webhook, Bucket(0, clock + wait))
        return wait

    def _hold(self, webhook: str, bucket: Bucket) -> None:
        self._buckets[webhook] = bucket
        self._buckets.move_to_end(webhook)
        if len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)


def _said(body: bytes) -> dict[str, object]:
    try:
        return msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.DecodeError, RecursionError):
        return {}


def _number(value: object) -> float | None:
    """A number of seconds or messages, in JSON or in a header. None when it is none."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and number >= 0 else None
