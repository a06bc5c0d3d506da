"""Stop what the main thread does, from another thread, even while it waits for something."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Self


class Interrupted(BaseException):
    """What a piece of work is stopped with. No `except Exception` of its own stands in the way."""


class TimedOut(Interrupted):
    """It took longer than it may."""


class Cancelled(Interrupted):
    """A person no longer wants it."""


class Lost(Interrupted):
    """Its lease ran out: somebody else has it by now."""


class GaveWay(Interrupted):
    """Its process is to end, and it may go on in another one from where it was."""


class Interruptible:
    """A block that `interrupt` can stop. Outside the main thread nothing can, and it runs on."""

    _lock = threading.Lock()
    _running: Interruptible | None = None
    _installed = False

    def __init__(self) -> None:
        self._reason: Interrupted | None = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._install()
            Interruptible._running = self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            if Interruptible._running is self:
                Interruptible._running = None

    def interrupt(self, reason: Interrupted) -> bool:
        """Raise REASON in the block. False when the block ended, or cannot be stopped."""
        with self._lock:
            if Interruptible._running is not self:
                return False
            self._reason = reason
            main = threading.main_thread().ident
            assert main is not None  # noqa: S101 - it runs: this process does
            signal.pthread_kill(main, signal.SIGALRM)
            return True

    @classmethod
    def _install(cls) -> None:
        # For good: a signal on its way must never meet the default action, which ends the process.
        if not cls._installed:
            signal.signal(signal.SIGALRM, cls._handle)
            cls._installed = True

    @staticmethod
    def _handle(number: int, frame: FrameType | None) -> None:
        running = Interruptible._running
        if running is not None and running._reason is not None:
            reason, running._reason = running._reason, None
            raise reason
