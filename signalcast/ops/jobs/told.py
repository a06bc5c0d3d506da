"""What became of a job, for somebody who came too late to change it."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from signalcast.accounts.models import AuditEntry
from signalcast.ops.jobs.rows import standing
from signalcast.work.models import Job

#: How long ago somebody else may have been faster.
LATELY = timedelta(hours=1)


def told(job: Job) -> str:
    """How JOB stands by now and, if it was a person lately, who did what to it."""
    words = _("Nothing was changed: job %(id)d is %(state)s by now.") % {
        "id": job.pk,
        "state": standing(job).label,
    }
    entries = AuditEntry.objects.filter(target=f"job {job.pk}", at__gt=Now() - LATELY)
    entry = entries.order_by("-at", "-pk").first()
    if entry is None:
        return words
    return f"{words} " + _("%(by)s was faster: %(action)s at %(at)s UTC.") % {
        "by": entry.by,
        "action": entry.action,
        "at": f"{entry.at:%H:%M:%S}",
    }
