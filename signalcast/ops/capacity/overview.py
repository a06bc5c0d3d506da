"""How many processes of each role there are on each host, and the newest decisions about it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from signalcast.core.env import environment
from signalcast.ops.health.beats import beats
from signalcast.pipeline import LOST_AFTER, processes
from signalcast.work.models import ScalingDecision

#: Decisions that are shown.
SHOWN = 20


def overview() -> dict[str, Any]:
    """For people and programs. Two statements. The bounds are those of this host."""
    living = Counter((beat.host, beat.role) for beat, age in beats() if age <= LOST_AFTER)
    bounds = {one.name: (one.count, max(one.most, one.count)) for one in processes()}
    return {
        "strategy": environment().scaling,
        "roles": [
            {
                "host": host,
                "role": role,
                "running": number,
                "least": bounds.get(role, (0, 0))[0],
                "most": bounds.get(role, (0, 0))[1],
            }
            for (host, role), number in sorted(living.items())
        ],
        "decisions": [
            {
                "at": row.at.isoformat(timespec="seconds"),
                "host": row.host,
                "role": row.role,
                "before": row.before,
                "after": row.after,
                "reason": row.reason,
            }
            for row in ScalingDecision.objects.order_by("-pk")[:SHOWN]
        ],
    }
