"""What tests of the operations console share."""

from __future__ import annotations

import pytest

from signalcast.ops.queues.snapshot import forget_snapshot


@pytest.fixture(autouse=True)
def _counted_anew() -> None:
    """What another test counted is not what this one has."""
    forget_snapshot()
