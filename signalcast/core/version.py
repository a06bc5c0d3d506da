"""Which version this program is."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import signalcast

CHECKOUT = Path(signalcast.__file__).resolve().parents[1]
#: In a release's directory: what it is called.
RELEASE_FILE = "RELEASE"
#: Seconds that asking for the commit may take.
WITHIN = 2.0


@cache
def running_version() -> str:
    """The release's name, else the version of this program, with its commit in a checkout.

    Read once: the files of a process that goes on may be another release's by now.
    """
    try:
        return (CHECKOUT / RELEASE_FILE).read_text().strip()
    except OSError:
        commit = _commit() if (CHECKOUT / ".git").exists() else ""
        return f"{signalcast.__version__}+{commit}" if commit else signalcast.__version__


def _commit() -> str:
    try:
        asked = ["git", "-C", str(CHECKOUT), "rev-parse", "--short=10", "HEAD"]
        found = subprocess.run(asked, capture_output=True, text=True, timeout=WITHIN, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip()
