"""Fixtures of the acceptance tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.acceptance.browser import chromium
from tests.acceptance.receivers import Receivers, receivers


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play a scenario from as many seeds as were asked for."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--seeds")))


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory with a short path: sockets are in it."""
    path = Path(tempfile.mkdtemp(prefix="sca-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def targets() -> Iterator[Receivers]:
    """The subscribers' webhooks."""
    with receivers() as made:
        yield made


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as made:
        yield made
