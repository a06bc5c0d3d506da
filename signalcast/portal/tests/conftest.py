"""What tests of the pages share."""

from __future__ import annotations

import pytest

from signalcast.portal.tests.cast import Cast, make_cast


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """An installation with a published signal, and people signed in."""
    return make_cast()
