"""What this process has done so far, for its beats."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Rows worked off, and what is in hand in words."""

    handled: int = 0
    doing: str = ""


#: Of this process. Threads may lose a count to each other: it is for people.
tally = Tally()
