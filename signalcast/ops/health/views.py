"""The page of all checks, the same for programs, and their pauses."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from signalcast.core.clock import now
from signalcast.ops.health.draw_trend import draw_trend
from signalcast.ops.health.finding import State
from signalcast.ops.health.pause import pause
from signalcast.ops.health.registry import checks
from signalcast.ops.health.summary import document, summary, worst
from signalcast.ops.health.trends import trends
from signalcast.portal.access import OBSERVERS, OPERATORS, roles_required, signed_in

#: What a pause may last, in minutes.
PAUSES = (15, 60, 480, 1_440)


@require_GET
@roles_required(*OBSERVERS)
def health(request: HttpRequest) -> HttpResponse:
    """Every check with its last word and the last day as a picture."""
    lines, drawn, moment = summary(), trends(), now()
    rows = [
        (line, draw_trend(drawn[line.row.pk], until=moment, label=str(line.check.title)))
        for line in lines
    ]
    bad = [
        line for line in lines if line.state in (State.FAILED, State.CRASHED) and not line.paused
    ]
    context = {"rows": rows, "worst": worst(lines), "bad": len(bad), "pauses": PAUSES}
    context["may_act"] = signed_in(request).has_role(*OPERATORS)
    part = request.headers.get("HX-Request") == "true"
    return render(request, "health/_checks.html" if part else "health/health.html", context)


@require_GET
@roles_required(*OBSERVERS)
def health_json(request: HttpRequest) -> HttpResponse:
    """The last word of every check. 503 when any failed, so that a monitor needs no more."""
    found = document(summary())
    status = 503 if found["status"] in (State.FAILED, State.CRASHED) else 200
    return JsonResponse(found, status=status)


@require_POST
@roles_required(*OPERATORS)
def pause_check(request: HttpRequest, name: str) -> HttpResponse:
    """Leave a check out for some minutes, or take it up again."""
    try:
        minutes = int(request.POST.get("minutes", ""))
    except ValueError:
        minutes = -1
    if name not in checks() or not 0 <= minutes <= max(PAUSES):
        messages.error(request, _("Nothing was paused: choose a check and for how long."))
        return redirect("health")
    pause(name, minutes * 60, host=request.POST.get("host", ""), by=signed_in(request).email)
    title = {"title": checks()[name].title, "minutes": minutes}
    told = _("%(title)s is left out for %(minutes)d minutes.") if minutes else _("%(title)s runs.")
    messages.success(request, told % title)
    return redirect("health")
