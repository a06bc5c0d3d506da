"""Tell a listener who was away what it missed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from django.utils.translation import gettext as _

from signalcast.live.cursor import Cursor
from signalcast.live.frame import frame
from signalcast.live.hub import Hub
from signalcast.live.rows import MOST_AT_ONCE, Missed
from signalcast.live.stream import Stream

Say = Callable[[bytes], Awaitable[None]]


async def catch_up(hub: Hub, stream: Stream, since: Cursor | None, say: Say) -> None:
    """Replay what came between SINCE and the stream's start, each post with its own place.

    Whoever was at an unknown place (None, or one that is yet to come), or away for too long,
    starts afresh and is told so. Raises Closed, django.db.Error.
    """
    start = stream.start
    if since is None or since.top > start.top:
        await say(
            _reset(start, _("This place in the stream is unknown here. Load the page again."))
        )
        return
    left, top = set(since.missing), since.top
    question = Missed(since, start, stream.feeds)
    while start.has_seen_past(since):
        posts = await hub.missed(question)
        if posts is None:
            why = _("What you missed is not kept any more. Load the page again.")
            await say(_reset(start, why))
            return
        frames = []
        for post in posts:
            left.discard(post.id)
            top = max(top, post.id)
            late = {number for number in start.missing if number < top}
            frames.append(frame(str(Cursor(top, frozenset(left | late))), post.type, post.body))
        if frames:
            await say(b"".join(frames))
        if len(posts) < MOST_AT_ONCE:
            return
        question = question._replace(after=posts[-1].id)


def _reset(start: Cursor, why: str) -> bytes:
    return frame(str(start), "reset", why.encode())
