"""Note which version runs from now on, so that the charts show what a change did."""

from __future__ import annotations

from signalcast.core import events
from signalcast.ops.queues.models import DeployMark


def mark_deploy(version: str, by: str) -> bool:
    """Mark that VERSION began to run, unless it ran before. Returns whether a mark was made."""
    last = DeployMark.objects.order_by("-at", "-pk").first()
    if last is not None and last.version == version:
        return False
    DeployMark.objects.create(version=version[:100], by=by)
    events.emit("deploy.marked", version=version, by=by)
    return True
