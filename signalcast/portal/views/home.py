"""To where the work is, and an owner's first hour."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from signalcast.portal.access import MANAGERS, roles_required, signed_in
from signalcast.portal.first_steps import first_steps


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The first steps as long as one of them is to be done, for those who can; then signals for
    those who make them, and their own page for those who get them.
    """
    user = signed_in(request)
    if user.has_role(*MANAGERS) and not all(step.done for step in first_steps(user)):
        return redirect("start")
    return redirect("signals" if user.is_staff else "dashboard")


@require_GET
@roles_required(*MANAGERS)
def start(request: HttpRequest) -> HttpResponse:
    """The four steps from nothing to a signal that reaches somebody."""
    steps = first_steps(signed_in(request))
    done = sum(step.done for step in steps)
    context = {"steps": steps, "done": done, "ready": done == len(steps)}
    part = request.headers.get("HX-Request") == "true"
    return render(request, "portal/_steps.html" if part else "portal/start.html", context)
