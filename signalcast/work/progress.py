"""Tell people how far a job is."""

from __future__ import annotations

from signalcast.work.attempt import current


def progress(done: int, total: int = 0, words: str = "") -> None:
    """Note that DONE of TOTAL (0 where unknown) is done, and what it is at in WORDS.

    Called from within a job; anywhere else it does nothing. Cheap: call it for each item.
    """
    attempt = current()
    if attempt is not None:
        attempt.progress(done, total, words)
