"""Claim deliveries and make them ready to send: everything a sender asks the database for."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.db import Error
from django.utils.translation import gettext_lazy as _

from signalcast.channels.base import Address, Message
from signalcast.core import events
from signalcast.core.secrets import unseal
from signalcast.delivery.judge import crash_detail, crashed
from signalcast.delivery.later import Later
from signalcast.delivery.limiter import Limiter
from signalcast.delivery.load import Batch, Loaded, load
from signalcast.delivery.message_id import message_id
from signalcast.delivery.models import Delivery
from signalcast.delivery.posts import EXPIRING, Posts
from signalcast.delivery.screen import screen
from signalcast.delivery.sending import Sending
from signalcast.delivery.settle import put_down
from signalcast.delivery.states import DeliveryState
from signalcast.delivery.verdict import discarded
from signalcast.pipeline import LEASE, Queue
from signalcast.shop.current import current
from signalcast.work.claim import Claimed, claim
from signalcast.work.release import release

#: Seconds before a lease ends at which its row counts as lost.
MARGIN = 2.0


_ORPHANED = _("Its destination was deleted before it was sent.")


class Taken(NamedTuple):
    """What a claim brought: how many rows were claimed, and those of them to be sent."""

    claimed: int
    to_send: list[Sending]
    #: Seconds until the first of those put off is due again.
    again_after: float = math.inf


class Hand:
    """Takes deliveries in hand. Used from one thread, which has the process's one connection."""

    def __init__(self) -> None:
        self._posts = Posts()
        self._limiter = Limiter()
        self._later = Later()

    def again_after(self) -> float:
        """Seconds until something is due that was put off for a short while."""
        return self._later.next(time.monotonic())

    def take(self, limit: int) -> Taken:
        """Claim up to LIMIT due deliveries. Raises django.db.Error."""
        held_until = time.monotonic() + LEASE - MARGIN
        claimed = claim(Delivery, limit)
        if not claimed:
            return Taken(0, [], self.again_after())
        try:
            to_send, again_after = self._prepare(claimed, held_until)
            return Taken(len(claimed), to_send, again_after)
        except Error:
            raise
        except Exception as error:
            events.warn("delivery.batch_failed", error=crash_detail(error))
            return Taken(len(claimed), self._one_by_one(claimed, held_until))

    def _one_by_one(self, claimed: Sequence[Claimed], held_until: float) -> list[Sending]:
        """Find the row that breaks a batch: only that one suffers."""
        to_send: list[Sending] = []
        for row in claimed:
            try:
                to_send += self._prepare([row], held_until)[0]
            except Error:
                raise
            except Exception as error:
                self._put_down_broken(row, error)
        return to_send

    def _put_down_broken(self, row: Claimed, error: Exception) -> None:
        tries = Delivery.objects.filter(pk=row.id).values_list("tries", flat=True).first() or 0
        put_down({row: crashed(tries, error)})

    def _prepare(
        self, claimed: Sequence[Claimed], held_until: float
    ) -> tuple[list[Sending], float]:
        current()  # mail names its sender by it, in a loop that can't ask a database
        batch = load(claimed, self._posts)
        probes = screen(batch, self._limiter)
        generations = {row.id: row for row in claimed}
        behind = time.time() - batch.now.timestamp()
        to_send = [
            _sending(
                row,
                batch,
                generations[row.id],
                probe=row.id in probes,
                until=held_until,
                behind=behind,
            )
            for row in batch.undecided()
        ]
        put_down(
            {generations[pk]: verdict for pk, verdict in batch.verdicts.items()}
            | {row: discarded(str(_ORPHANED)) for row in claimed if row.id not in batch.rows}
        )
        now = time.monotonic()
        self._later.note({one.after for one in batch.verdicts.values() if one.after}, now)
        return to_send, self._later.next(now)


def _sending(
    row: Loaded, batch: Batch, claimed: Claimed, *, probe: bool, until: float, behind: float
) -> Sending:
    """BEHIND: seconds that the database's clock is behind this process's."""
    post = batch.post(row)
    uid = row.uid
    return Sending(
        claimed=claimed,
        kind=row.kind,
        destination=row.destination,
        message=Message(message_id(row.post, uid), post.content_at(batch.now)),
        address=Address(
            uid,
            row.address,
            _plain(row.secret),
            _plain(row.account or ""),
            row.language or settings.LANGUAGE_CODE,
        ),
        attempts=row.attempts,
        tries=row.tries,
        failures=row.failures,
        probe=probe,
        account_failed=bool(row.account_error),
        valid_until=post.valid_until if post.content.type in EXPIRING else None,
        held_until=until,
        asked=post.asked_at.timestamp() + behind if post.asked_at and _is_prompt(row) else None,
        queue=row.queue,
    )


def _is_prompt(row: Loaded) -> bool:
    """Whether how long it took says anything about us: nobody wanted it later."""
    return row.queue != Queue.DEFAULT and row.state != DeliveryState.HELD


@lru_cache(maxsize=16_384)
def _plain(secret: str) -> str:
    return unseal(secret) if secret else ""


def give_back(sendings: Sequence[Sending], *, after: float = 0.0) -> None:
    """Release deliveries that were not begun with."""
    if sendings:
        release(Delivery, [sending.claimed for sending in sendings], after=after)
