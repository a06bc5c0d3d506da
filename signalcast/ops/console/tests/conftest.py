"""What tests of the console share."""

from __future__ import annotations

import pytest

from signalcast.ops.console.shared import shared


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """No test sees what another one looked at."""
    shared.cache_clear()
