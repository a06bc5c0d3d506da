"""Receipts and deliveries that were set aside."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from signalcast.ops.jobs.parked import (
    COUNTED,
    KINDS,
    LONGEST_TEXT,
    parked_page,
    parked_rows,
    redrive_all,
    redrive_rows,
)
from signalcast.ops.jobs.query import WrongQuery
from signalcast.ops.jobs.views.common import by, may_act
from signalcast.portal.access import OBSERVERS, OPERATORS, roles_required
from signalcast.work.models import Job


@require_GET
@roles_required(*OBSERVERS)
def parked(request: HttpRequest) -> HttpResponse:
    """Rows that took their process down, or failed for a reason of ours, with that reason."""
    name, text = request.GET.get("kind", ""), _text(request.GET.get("q", ""))
    jobs = Job.objects.filter(parked_at__isnull=False).values("pk")[: COUNTED + 1].count()
    kinds, wrong = [], ""
    for kind in KINDS.values():
        if name in KINDS and name != kind.name:
            continue
        after = request.GET.get("after", "")[:100] if name == kind.name else ""
        try:
            shown = parked_page(kind, text, after)
        except WrongQuery as problem:
            wrong, shown = str(problem), parked_page(kind, text, "")
        count = parked_rows(kind, text).values("pk")[: COUNTED + 1].count()
        more = {"kind": kind.name, "q": text, "after": shown.after}
        kinds.append(
            {
                "name": kind.name,
                "label": kind.model._meta.verbose_name_plural,
                "rows": shown.rows,
                "count": f"{COUNTED:,}+" if count > COUNTED else str(count),
                "next": urlencode(more) if shown.after else "",
            }
        )
    context = {
        "kinds": kinds,
        "any": any(kind["rows"] for kind in kinds),
        "jobs": f"{COUNTED:,}+" if jobs > COUNTED else jobs,
        "q": text,
        "wrong": wrong,
        "may_act": may_act(request),
    }
    return render(request, "jobs/parked.html", context, status=422 if wrong else 200)


@require_POST
@roles_required(*OPERATORS)
def redrive_parked(request: HttpRequest) -> HttpResponse:
    """Give rows another chance: those that were ticked, or all that match once confirmed."""
    kind, text = KINDS.get(request.POST.get("kind", "")), _text(request.POST.get("q", ""))
    if kind is None:
        messages.error(request, _("There are no such rows."))
        return redirect("parked")
    job = None
    if request.POST.get("all") == "yes":
        count, job = redrive_all(kind, text, by=by(request))
    else:
        count = redrive_rows(kind, request.POST.getlist("row"), by=by(request))
    if job:
        messages.success(request, _("A job does it. Here is how far it is."))
        return redirect("job", job.pk)
    if count:
        told = ngettext("%(count)d row is due again.", "%(count)d rows are due again.", count)
        messages.success(request, told % {"count": count})
    else:
        messages.error(request, _("Nothing was chosen that is still parked."))
    return redirect("parked")


@require_GET
@roles_required(*OPERATORS)
def confirm_redrive(request: HttpRequest, kind: str) -> HttpResponse:
    """Say how many rows redriving all that match would move, before it does."""
    chosen, text = KINDS.get(kind), _text(request.GET.get("q", ""))
    if chosen is None:
        return redirect(f"{reverse('jobs')}?{urlencode({'q': 'state:parked'})}")
    context = {
        "kind": kind,
        "q": text,
        "name": chosen.model._meta.verbose_name_plural,
        "count": parked_rows(chosen, text).count(),
        "examples": parked_page(chosen, text, "").rows[:8],
    }
    return render(request, "jobs/confirm_redrive.html", context)


def _text(value: str) -> str:
    return value.replace("\0", "").strip()[:LONGEST_TEXT]
