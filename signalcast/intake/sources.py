"""Who may post: sources by their token, remembered for a moment by each process."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import msgspec
from django.db import DatabaseError, InterfaceError, connection

from signalcast.core import events
from signalcast.core.secrets import Undecryptable, token_digest
from signalcast.feeds.models import Source
from signalcast.intake.committer import PATIENCE, Unavailable

#: Seconds for which an answer holds: a token that is withdrawn works that much longer.
REMEMBERED = 5.0
#: Unknown tokens that are remembered, and look-ups that may wait at a time.
MOST_UNKNOWN = 10_000
MOST_WAITING = 200


class KnownSource(msgspec.Struct, frozen=True):
    """What the doors need to know about a source."""

    id: int
    slug: str
    body_secret: str
    #: Empty when signatures are not asked for. Several, separated by spaces, overlap.
    signing_secret: str
    max_lag: int | None


class Sources:
    """Finds sources by token. Lives in one event loop."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, KnownSource]] = {}
        self._unknown: dict[str, float] = {}
        self._waiting: dict[str, asyncio.Task[KnownSource | None]] = {}
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="sources")

    async def find(self, token: str) -> KnownSource | None:
        """The active source with TOKEN, or None.

        Raises Unavailable when the database does not say in time.
        """
        try:
            digest = token_digest(token)
        except UnicodeEncodeError:  # no token of ours
            return None
        now = monotonic()
        known = self._known.get(digest)
        if known is not None and known[0] > now:
            return known[1]
        if self._unknown.get(digest, 0.0) > now:
            return None
        task = self._waiting.get(digest)
        if task is None:
            if len(self._waiting) >= MOST_WAITING:
                raise Unavailable
            task = asyncio.get_running_loop().create_task(self._load(digest))
            self._waiting[digest] = task
        try:
            return await asyncio.wait_for(asyncio.shield(task), PATIENCE)
        except TimeoutError:
            raise Unavailable from None

    def forget(self) -> None:
        """Ask the database again the next time."""
        self._known.clear()
        self._unknown.clear()

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _load(self, digest: str) -> KnownSource | None:
        loop = asyncio.get_running_loop()
        try:
            source = await loop.run_in_executor(self._threads, _look_up, digest)
        except (DatabaseError, InterfaceError, OSError, Undecryptable) as error:
            events.warn("intake.source_not_read", error=str(error))
            raise Unavailable from error
        finally:
            self._waiting.pop(digest, None)
        until = monotonic() + REMEMBERED
        if source is not None:
            self._known[digest] = until, source
            return source
        self._known.pop(digest, None)
        if len(self._unknown) >= MOST_UNKNOWN:
            self._unknown.clear()
        self._unknown[digest] = until
        return None


def _look_up(digest: str) -> KnownSource | None:
    try:
        return _read(digest)
    finally:
        # Asked a few times a minute at most: a kept connection would break when the server is
        # restarted, and outlive the thread.
        connection.close()


def _read(digest: str) -> KnownSource | None:
    source = Source.objects.filter(token_digest=digest, is_active=True).first()
    if source is None:
        return None
    return KnownSource(
        id=source.pk,
        slug=source.slug,
        body_secret=source.body_secret,
        signing_secret=source.signing_secret,
        max_lag=source.max_lag,
    )
