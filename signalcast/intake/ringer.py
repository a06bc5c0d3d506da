"""Rings a bell from a thread of its own, so that a slow broker never delays a commit."""

from __future__ import annotations

import threading

from signalcast.core.wake import Bell, ring

#: Seconds between two rings at least: what happens in between is one ring.
PAUSE = 0.02


class Ringer:
    """Call `ring` as often as you like, from any thread."""

    def __init__(self, bell: Bell) -> None:
        self.bell = bell
        self._wanted = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"ring {bell.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def ring(self) -> None:
        """Have the bell rung soon."""
        if not self._wanted.is_set():
            self._wanted.set()

    def stop(self, within: float) -> None:
        """Ring a last time when it is wanted, then end."""
        self._stopped.set()
        self._wanted.set()
        self._thread.join(within)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wanted.wait()
            self._wanted.clear()
            ring(self.bell)
            self._stopped.wait(PAUSE)
