"""Note which version runs from now on, so that the charts show what a change did."""

from __future__ import annotations

import subprocess
from pathlib import Path

import signalcast
from signalcast.core import events
from signalcast.ops.queues.models import DeployMark

CHECKOUT = Path(signalcast.__file__).resolve().parents[1]
#: Seconds that asking for the commit may take.
WITHIN = 2.0


def mark_deploy(version: str, by: str) -> bool:
    """Mark that VERSION began to run, unless it ran before. Returns whether a mark was made."""
    last = DeployMark.objects.order_by("-at", "-pk").first()
    if last is not None and last.version == version:
        return False
    DeployMark.objects.create(version=version[:100], by=by)
    events.emit("deploy.marked", version=version, by=by)
    return True


def running_version() -> str:
    """The version of this program, with its commit where it runs from a checkout."""
    commit = ""
    if (CHECKOUT / ".git").exists():
        try:
            asked = ["git", "-C", str(CHECKOUT), "rev-parse", "--short=10", "HEAD"]
            found = subprocess.run(
                asked, capture_output=True, text=True, timeout=WITHIN, check=False
            )
            commit = found.stdout.strip()
        except (OSError, subprocess.TimeoutExpired):
            pass
    return f"{signalcast.__version__}+{commit}" if commit else signalcast.__version__
