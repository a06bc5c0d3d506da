"""Prometheus' own checker, of Debian's package `prometheus`."""

from __future__ import annotations

import shutil
import subprocess

import pytest

PROGRAM = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROGRAM is None, reason="promtool is missing: apt-get install prometheus"
)


def promtool(*words: str, text: str = "") -> None:
    """Run a check. Fails with what it says, also where it only warns."""
    done = subprocess.run(
        [PROGRAM or "promtool", *words], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # `check metrics` warns on standard error.
    assert words[1] != "metrics" or not done.stderr, done.stderr
