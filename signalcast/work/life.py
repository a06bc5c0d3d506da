"""Signs of life of this process: when it last got on with work, and whether it is at it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Life:
    """Of one process. Cheap enough for every claim."""

    #: The monotonic second of the last sign.
    at: float = field(default_factory=time.monotonic)
    #: Whether a bell is being followed at the moment.
    in_turn: bool = False
    #: Whether a job is in hand whose own time limit is watched.
    in_job: bool = False

    def show(self) -> None:
        """Work moves on: a row was claimed, renewed, or a turn came to its end."""
        self.at = time.monotonic()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The time in which a bell is followed."""
        self.show()
        self.in_turn = True
        try:
            yield
        finally:
            self.in_turn = False
            self.show()


life = Life()
