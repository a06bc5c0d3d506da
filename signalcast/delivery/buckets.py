"""Several limits at once: what a chat puts up with, and what all chats of a bot share.

A bucket is one number, the moment at which it will be full again. A message takes a piece of every
bucket that it needs, or of none. Those that find a shared bucket empty are given turns: moments at
which there will be a piece, one after the other, so that thousands that wait are not looked at
again and again. What many read along at goes first: it takes its piece although there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from signalcast.channels.base import Rate

#: Seconds within which turns are given; whoever comes later asks again. Turns that nobody took,
#: because a message was superseded or a process ended, are lost for no longer.
HORIZON = 10.0
#: Against what adding up many small fractions leaves.
TINY = 1e-6

# KEYS: the shared buckets, the others, then the last turns given at the shared ones. ARGV: as
# a list in JSON, how many buckets, how many of them are shared, the horizon, gap and burst of each;
# then for each wanted: how many, whether it goes first, the number of its buckets, which ones.
# Answers, in JSON, for each how many it gets, and milliseconds until the next.
SCRIPT = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local given = cjson.decode(ARGV[1])
local count, shared, horizon = given[1], given[2], given[3]
local known = redis.call('MGET', unpack(KEYS))
local full, turn, gap, burst = {}, {}, {}, {}
for at = 1, count do
  full[at] = math.max(tonumber(known[at] or 0), now)
  gap[at], burst[at] = given[2 + 2 * at], given[3 + 2 * at]
  if at <= shared then turn[at] = tonumber(known[count + at] or 0) end
end
local function rest(one) return full[one] - now - (burst[one] - 1) * gap[one] end
local at, answer = 4 + 2 * count, {}
while given[at] do
  local wanted, first = given[at], given[at + 1] == 1
  local granted, wait, last = wanted, 0, at + 2 + given[at + 2]
  for place = at + 3, last do
    local one = given[place]
    local free = math.floor(burst[one] - (full[one] - now) / gap[one] + 0.000001)
    if not (first and one <= shared) then granted = math.max(0, math.min(granted, free)) end
  end
  for place = at + 3, last do
    local one = given[place]
    full[one] = full[one] + granted * gap[one]
    if one > shared then
      wait = math.max(wait, rest(one))
    elseif granted < wanted and rest(one) > 0 and not first then
      turn[one] = math.min(
        math.max(turn[one], now + rest(one) - gap[one]) + (wanted - granted) * gap[one],
        now + horizon)
      wait = math.max(wait, turn[one] - now)
    end
  end
  answer[#answer + 1], answer[#answer + 2] = granted, math.ceil(wait * 1000)
  at = last + 1
end
local function keep(name, moment)
  if moment > now then
    redis.call('SET', name, string.format('%.6f', moment), 'PX', math.ceil((moment - now) * 1000))
  end
end
for one = 1, count do keep(KEYS[one], full[one]) end
for one = 1, shared do keep(KEYS[count + one], turn[one]) end
return cjson.encode(answer)
"""


class Bucket(NamedTuple):
    """A limit by its name: one of a destination, or one that many share."""

    name: str
    rate: Rate
    shared: bool = False


class Wanted(NamedTuple):
    """So many messages, each of which needs a piece of all the buckets."""

    messages: int
    buckets: tuple[Bucket, ...]
    #: Takes pieces of shared buckets even if there are none.
    first: bool = False


#: How many messages are granted, and the seconds until there may be more.
Grant = tuple[int, float]


def script_arguments(wanted: Sequence[Wanted]) -> tuple[list[str], list[float]]:
    """The names of the script's keys, and the numbers of its argument."""
    buckets = sorted({one for each in wanted for one in each.buckets}, key=lambda b: not b.shared)
    number = {bucket: at for at, bucket in enumerate(buckets, start=1)}
    shared = [bucket.name for bucket in buckets if bucket.shared]
    arguments = [len(buckets), len(shared), HORIZON]
    for bucket in buckets:
        arguments += [1 / bucket.rate.per_second, bucket.rate.burst]
    for each in wanted:
        arguments += [each.messages, int(each.first), len(each.buckets)]
        arguments += [number[one] for one in each.buckets]
    names = [*(bucket.name for bucket in buckets), *(f"{name}:turn" for name in shared)]
    return names, arguments


class OwnBuckets:
    """The same in one process's memory, for when there is nothing that processes share."""

    def __init__(self, share: int, remembered: int) -> None:
        self._share = share
        self._remembered = remembered
        self._full: dict[str, float] = {}
        self._turn: dict[str, float] = {}

    def take(self, wanted: Sequence[Wanted], now: float) -> list[Grant]:
        """A SHARE-th part of what the script would grant. NOW is of a clock that never jumps."""
        if len(self._full) > self._remembered:
            self._full = {name: full for name, full in self._full.items() if full > now}
        return [self._grant(each, now) for each in wanted]

    def _grant(self, wanted: Wanted, now: float) -> Grant:
        granted = wanted.messages
        for bucket in wanted.buckets:
            if bucket.shared and wanted.first:
                continue
            full = max(self._full.get(bucket.name, 0.0), now)
            gap, burst = self._own(bucket.rate)
            granted = max(0, min(granted, int(burst - (full - now) / gap + TINY)))
        # Those who go first wait for no shared bucket.
        left = 0 if wanted.first else wanted.messages - granted
        waits = [self._take(bucket, granted, left, now) for bucket in wanted.buckets]
        return granted, max(waits, default=0.0)

    def _take(self, bucket: Bucket, granted: int, left: int, now: float) -> float:
        """Take pieces of a bucket. Returns the seconds to wait, at a shared one for those LEFT."""
        gap, burst = self._own(bucket.rate)
        full = max(self._full.get(bucket.name, 0.0), now) + granted * gap
        self._full[bucket.name] = full
        rest = max(0.0, full - now - (burst - 1) * gap)
        if not bucket.shared:
            return rest
        if not left or not rest:
            return 0.0
        before = max(self._turn.get(bucket.name, 0.0), now + rest - gap)
        self._turn[bucket.name] = min(before + left * gap, now + HORIZON)
        return self._turn[bucket.name] - now

    def _own(self, rate: Rate) -> tuple[float, int]:
        return self._share / rate.per_second, max(1, rate.burst // self._share)
