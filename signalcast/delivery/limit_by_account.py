"""Hold back what an address or the account that it is reached through would not put up with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

from signalcast.channels.base import Limits, Rate
from signalcast.delivery.buckets import Bucket, Wanted
from signalcast.delivery.limiter import Limiter
from signalcast.delivery.load import Batch, Loaded
from signalcast.delivery.verdict import put_off

#: Waits shorter than this are rounded up to SHORT, longer ones to LONG, so that few different ones
#: are left: those put off together are so in one statement. Rougher, and so many would come due
#: together that most of them had to wait again.
LONGER_THAN = 0.5
SHORT, LONG = 0.05, 0.2


def limit_by_account(
    batch: Batch, rows: Mapping[int, Sequence[Loaded]], limits: Limits, limiter: Limiter
) -> None:
    """Put off what goes beyond the LIMITS of one channel. ROWS are by destination."""
    wanted = [
        Wanted(len(several), _buckets(several[0], limits), first=several[0].is_broadcast)
        for several in rows.values()
    ]
    granted = limiter.take_of_several(wanted)
    for several, (count, wait) in zip(rows.values(), granted, strict=True):
        for row in several[count:]:
            batch.verdicts[row.id] = put_off(_rounded(wait))


def _buckets(row: Loaded, limits: Limits) -> tuple[Bucket, ...]:
    rates = limits.each(row.address) if limits.each else (Rate(limits.rate, limits.burst),)
    own = [Bucket(f"{row.kind}:{row.destination}:{at}", rate) for at, rate in enumerate(rates)]
    if limits.account is not None and row.account:
        own.append(Bucket(f"{row.kind}:account:{_name(row.account)}", limits.account, shared=True))
    return tuple(own)


@lru_cache(maxsize=1_024)
def _name(account: str) -> str:
    """A name for an account by its encrypted settings, which are no other account's."""
    return hashlib.sha256(account.encode()).hexdigest()[:16]


def _rounded(seconds: float) -> float:
    step = SHORT if seconds < LONGER_THAN else LONG
    return (seconds // step + 1) * step
