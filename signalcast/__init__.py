"""Signalcast: trading signals in, every paying subscriber reached."""

from __future__ import annotations

__version__ = "0.1.0"
