"""The parser of plain English calls: what it is not sure of goes to review."""

from __future__ import annotations

from signalcast.signals.draft import Instruments, Parsed
from signalcast.signals.parsers.english.parse import parse


class English:
    """Reads calls, updates, closings and cancellations as traders write them in English."""

    name = "english"

    def parse(self, text: str, instruments: Instruments) -> Parsed:
        """Read one message. Never raises, whatever the text."""
        return parse(text, instruments)


parser = English()
