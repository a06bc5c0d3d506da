"""Every block that a page tells people to type is typed, and answered as the page says."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import CHECKOUT, Block, blocks
from tests.docs.reader import Reader, reader

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

TYPED = [block for block in blocks() if block.is_typed and not block.for_host]
PAGES = list(dict.fromkeys(block.page for block in TYPED))


@pytest.fixture(scope="module")
def somebody() -> Iterator[Reader]:
    """Somebody who reads all pages in front of one installation."""
    directory = Path(tempfile.mkdtemp(prefix="scd-"))
    with reader(directory) as found:
        yield found
    shutil.rmtree(directory, ignore_errors=True)


def of(page: Path) -> list[Block]:
    return [block for block in TYPED if block.page == page]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_block_of_a_page_does_what_the_page_says(page: Path, somebody: Reader) -> None:
    for block in of(page):
        somebody.read(block)
