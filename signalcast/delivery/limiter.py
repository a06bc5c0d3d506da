"""As many messages to one destination as its channel puts up with, from all processes together.

One number per destination in Valkey: the moment at which its bucket will be full again. Without
Valkey each process takes its share and keeps the numbers itself. Channels with more limits than
one for each destination have several numbers, see `signalcast.delivery.buckets`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import msgspec
import redis
from redis.commands.core import Script

from signalcast.channels.base import Limits
from signalcast.core import events
from signalcast.core.broker import broker, key
from signalcast.core.wake import QUIET_AFTER_FAILURE
from signalcast.delivery import buckets
from signalcast.pipeline import processes

# KEYS are destinations, ARGV: seconds between two messages, burst, and a list of how many each
# wants. Answers for each how many it gets, and milliseconds until the next would be granted.
# Lists are JSON: over as many numbers of its protocol a client takes several times as long.
SCRIPT = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local gap, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local wanted, answer = cjson.decode(ARGV[3]), {}
for at, name in ipairs(KEYS) do
  local full = math.max(tonumber(redis.call('GET', name) or 0), now)
  local free = math.floor(burst - (full - now) / gap + 0.000001)
  local granted = math.max(0, math.min(wanted[at], free))
  full = full + granted * gap
  if granted > 0 then
    local life = math.ceil((full - now) * 1000) + 1
    redis.call('SET', name, string.format('%.6f', full), 'PX', life)
  end
  answer[at * 2 - 1] = granted
  answer[at * 2] = math.ceil(math.max(0, full - now - (burst - 1) * gap) * 1000)
end
return cjson.encode(answer)
"""

Grants = dict[int, tuple[int, float]]
#: Destinations remembered without Valkey before those that are free again are forgotten.
REMEMBERED = 10_000


class Limiter:
    """Grants messages. Used from one thread."""

    def __init__(self) -> None:
        self._script = broker().register_script(SCRIPT)
        self._quiet_until = 0.0
        self._full: dict[tuple[str, int], float] = {}
        self._share = max([p.count for p in processes() if p.name == "sender"], default=1)
        self._buckets_script = broker().register_script(buckets.SCRIPT)
        self._own_buckets = buckets.OwnBuckets(self._share, REMEMBERED)

    def take(self, kind: str, limits: Limits, wanted: Mapping[int, int]) -> Grants:
        """How many of the wanted messages each destination may get now, and the seconds until
        it may get more. One call of Valkey."""
        if time.monotonic() >= self._quiet_until:
            try:
                return self._take_shared(kind, limits, wanted)
            except redis.RedisError as error:
                self._leave_alone(error)
        return self._take_share(kind, limits, wanted)

    def take_of_several(self, wanted: Sequence[buckets.Wanted]) -> list[buckets.Grant]:
        """The same for messages that each need a piece of several buckets, in their order."""
        if time.monotonic() >= self._quiet_until:
            names, numbers = buckets.script_arguments(wanted)
            try:
                return _grants(self._buckets_script, names, msgspec.json.encode(numbers))
            except redis.RedisError as error:
                self._leave_alone(error)
        return self._own_buckets.take(wanted, time.monotonic())

    def _leave_alone(self, error: redis.RedisError) -> None:
        self._quiet_until = time.monotonic() + QUIET_AFTER_FAILURE
        events.warn("limiter.alone", error=str(error))

    def _take_shared(self, kind: str, limits: Limits, wanted: Mapping[int, int]) -> Grants:
        names = [f"{kind}:{destination}" for destination in wanted]
        counts = msgspec.json.encode(list(wanted.values()))
        granted = _grants(self._script, names, 1 / limits.rate, limits.burst, counts)
        return dict(zip(wanted, granted, strict=True))

    def _take_share(self, kind: str, limits: Limits, wanted: Mapping[int, int]) -> Grants:
        now = time.monotonic()
        if len(self._full) > REMEMBERED:
            self._full = {name: full for name, full in self._full.items() if full > now}
        gap = self._share / limits.rate
        burst = max(1, limits.burst // self._share)
        grants: Grants = {}
        for destination, count in wanted.items():
            full = max(self._full.get((kind, destination), 0.0), now)
            granted = max(0, min(count, int(burst - (full - now) / gap + 1e-6)))
            full = self._full[kind, destination] = full + granted * gap
            grants[destination] = granted, max(0.0, full - now - (burst - 1) * gap)
        return grants


def _grants(script: Script, names: Sequence[str], *arguments: bytes | float) -> list[buckets.Grant]:
    """What a script answers about limits of these names."""
    prefix = key("limit:")
    numbers = msgspec.json.decode(script(keys=[prefix + name for name in names], args=arguments))
    return [(numbers[at], numbers[at + 1] / 1000) for at in range(0, len(numbers), 2)]
