"""As many requests a minute as a token may make, from all processes together."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django.core.cache import cache
from django.http import HttpResponse
from django.utils.translation import gettext as _

from signalcast.core import clock
from signalcast.core.env import environment
from signalcast.intake.problems import Problem, wait_before_retry

#: Seconds in which so many are let through.
WINDOW = 60


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a token has left in the running minute."""

    most: int
    left: int
    #: Seconds until it has all of it again.
    renewed_in: int

    def tell(self, answer: HttpResponse) -> None:
        """Put it into the headers of draft-ietf-httpapi-ratelimit-headers."""
        answer.headers["RateLimit-Policy"] = f'"token";q={self.most};w={WINDOW}'
        answer.headers["RateLimit"] = f'"token";r={self.left};t={self.renewed_in}'


def take_one(token: int) -> tuple[Allowance, bool]:
    """Count a request of the TOKEN with that key. Returns what is left, and whether it may go on.

    Counted in Valkey; while that is away, by each process for itself.
    """
    most = environment().api_rate
    now = int(clock.now().timestamp())
    window, passed = divmod(now, WINDOW)
    key = f"api-rate:{token}:{window}"
    cache.add(key, 0, WINDOW * 2)
    try:
        used = cache.incr(key)
    except ValueError:  # it went between the two, as when the server was started anew
        used = 1
    return Allowance(most, max(0, most - used), WINDOW - passed), used <= most


def too_many(allowance: Allowance) -> Problem:
    """The problem of a token that has nothing left."""
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        _("This token may make %(most)d requests a minute. Wait as long as Retry-After says.")
        % {"most": allowance.most},
        headers=wait_before_retry(allowance.renewed_in),
    )
