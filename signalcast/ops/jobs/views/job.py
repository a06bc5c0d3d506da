"""One job."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from signalcast.ops.jobs.acts import ACTS
from signalcast.ops.jobs.arguments import arguments
from signalcast.ops.jobs.rerun import NotFinished, rerun
from signalcast.ops.jobs.show import show
from signalcast.ops.jobs.views.common import act_in_words, by, may_act
from signalcast.portal.access import OBSERVERS, OPERATORS, roles_required
from signalcast.work.models import Job, JobAttempt

PLAIN = "text/plain; charset=utf-8"
#: Tells htmx to ask no more.
LAST = 286


@require_GET
@roles_required(*OBSERVERS)
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """All about it. Renews itself while it waits its turn or runs."""
    shown = show(get_object_or_404(Job, pk=pk))
    context = {"shown": shown, "may_act": may_act(request)}
    if request.headers.get("HX-Request") != "true":
        return render(request, "jobs/job.html", context)
    return render(request, "jobs/_job.html", context, status=200 if shown.moves else LAST)


@require_GET
@roles_required(*OBSERVERS)
def job_arguments(request: HttpRequest, pk: int) -> HttpResponse:
    """Its arguments, whole."""
    return HttpResponse(arguments(get_object_or_404(Job, pk=pk)), content_type=PLAIN)


@require_GET
@roles_required(*OBSERVERS)
def attempt_log(request: HttpRequest, pk: int, attempt: int) -> HttpResponse:
    """What an attempt logged, whole."""
    row = get_object_or_404(JobAttempt, pk=attempt, job=pk)
    return HttpResponse(row.log, content_type=PLAIN)


@require_POST
@roles_required(*OPERATORS)
def act_on_job(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Redrive, cancel or discard it; or do it once more."""
    row = get_object_or_404(Job, pk=pk)
    if name == "rerun":
        return _rerun(request, row)
    act = ACTS.get(name)
    if act is None:
        messages.error(request, _("There is no such act."))
    else:
        count, words = act_in_words(act, [pk], by=by(request))
        (messages.success if count else messages.error)(request, words)
    return redirect("job", pk)


def _rerun(request: HttpRequest, row: Job) -> HttpResponse:
    try:
        made = rerun(row, by=by(request))
    except NotFinished:
        messages.error(request, _("It is still to be done: nothing was changed."))
        return redirect("job", row.pk)
    except LookupError:
        messages.error(request, _("Nothing here does jobs of that name any more."))
        return redirect("job", row.pk)
    messages.success(request, _("This is the new job, with the same arguments."))
    return redirect("job", made.pk)
