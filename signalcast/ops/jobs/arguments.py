"""A job's arguments as text for people."""

from __future__ import annotations

import json

from signalcast.core.redact import whole
from signalcast.work.models import Job


def arguments(job: Job) -> str:
    """All of them, indented, without what looks secret."""
    return json.dumps(whole(job.arguments), indent=2, ensure_ascii=False, default=str)
