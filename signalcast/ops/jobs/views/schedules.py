"""What runs by the clock."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from signalcast.ops.jobs.change_schedule import (
    Unfinished,
    pause_schedule,
    resume_schedule,
    run_schedule,
)
from signalcast.ops.jobs.rows import standing
from signalcast.ops.jobs.schedules import schedules as all_schedules
from signalcast.ops.jobs.views.common import by, may_act
from signalcast.portal.access import OBSERVERS, OPERATORS, roles_required

#: What a pause may last, in minutes; beside it, until somebody resumes it.
PAUSES = (60, 480, 1_440)


@require_GET
@roles_required(*OBSERVERS)
def schedules(request: HttpRequest) -> HttpResponse:
    """Every schedule: next, last, how long, missed, paused."""
    lines = [(line, standing(line.last) if line.last else None) for line in all_schedules()]
    context = {"lines": lines, "pauses": PAUSES, "may_act": may_act(request)}
    part = request.headers.get("HX-Request") == "true"
    return render(request, "jobs/_schedules.html" if part else "jobs/schedules.html", context)


@require_POST
@roles_required(*OPERATORS)
def change_schedule(request: HttpRequest, name: str) -> HttpResponse:
    """Run it now, let it rest for some minutes or until told, or let it go on."""
    act, who = request.POST.get("act", ""), by(request)
    told = {"name": name}
    try:
        if act == "run":
            return redirect("job", run_schedule(name, by=who).pk)
        if act == "resume":
            if resume_schedule(name, by=who):
                messages.success(request, _("%(name)s runs by the clock again.") % told)
            else:
                messages.error(request, _("%(name)s was not paused any more.") % told)
        elif act == "pause":
            pause_schedule(name, by=who)
            messages.success(request, _("%(name)s rests until somebody resumes it.") % told)
        elif act in {str(minutes) for minutes in PAUSES}:
            pause_schedule(name, by=who, minutes=int(act))
            told |= {"minutes": act}
            messages.success(request, _("%(name)s rests for %(minutes)s minutes.") % told)
        else:
            messages.error(request, _("There is no such act."))
    except Unfinished as unfinished:
        messages.error(request, _("It waits or runs already: this is its job."))
        return redirect("job", unfinished.args[0].pk)
    except LookupError:
        messages.error(request, _("There is no schedule %(name)s.") % told)
    return redirect("schedules")
