"""The product as its users run it: a release, with the packages that it needs and no others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.stack import stack

ROOT = Path(__file__).parents[1]


@contextmanager
def released() -> Iterator[Path]:
    """The directory of a release of this tree, gone at the end.

    The environment of the tests has packages that others load where they find them: some 5 MB in
    each process that no user has.
    """
    with tempfile.TemporaryDirectory(prefix="scb-") as base, stack() as made:
        made.command("deploy", "release", str(ROOT), "--base", base)
        yield (Path(base) / "current").resolve()
