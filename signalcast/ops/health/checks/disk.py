"""The disk of the home has room."""

from __future__ import annotations

import os

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.home import home
from signalcast.ops.health.finding import Check, Finding, graded

#: Percent in use, of space or of files, whichever is more.
WARN, FAIL = 80.0, 90.0


def look() -> Finding:
    """Ask the file system that the home is on."""
    there = os.statvfs(home())
    # As df counts: what is kept back for root is not ours to fill.
    usable = there.f_blocks - there.f_bfree + there.f_bavail
    space = 100 * (1 - there.f_bavail / usable) if usable else 0.0
    files = 100 * (1 - there.f_favail / there.f_files) if there.f_files else 0.0
    words = _("%(used).0f %% in use, %(free).1f GB free.") % {
        "used": space,
        "free": there.f_bavail * there.f_frsize / 1e9,
    }
    if files > space:
        words = _("%(used).0f %% of all files that it can hold are there.") % {"used": files}
    return graded(max(space, files), words, warn=WARN, fail=FAIL, unit="%")


check = Check(
    title=gettext_lazy("Disk"),
    meaning=gettext_lazy("Room on the disk of the home. Full, nothing can be accepted any more."),
    run=look,
    on_each_host=True,
)
