"""A source's own page: its webhook address, a ready TradingView alert, and a test signal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from signalcast.core.env import environment
from signalcast.feeds.desk import outside_sources
from signalcast.feeds.models import Feed, Source
from signalcast.intake.problems import Problem
from signalcast.plans.entitlement import broadcast_destinations, entitled_destinations
from signalcast.portal.access import MANAGERS, roles_required, signed_in
from signalcast.portal.alert_text import ACTIONS, INDICATOR, STRATEGY, USUAL, alert_text
from signalcast.portal.public_address import public_address
from signalcast.portal.source_state import source_states
from signalcast.signals.send_sample import send_sample

#: Stands in an address where nobody knows the token any more.
UNKNOWN = "…"


@require_GET
@roles_required(*MANAGERS)
def alert(request: HttpRequest, slug: str) -> HttpResponse:
    """The page, without the token: that is known at its making alone."""
    source = get_object_or_404(outside_sources().select_related("feed"), slug=slug)
    return show_alert(request, source)


def show_alert(request: HttpRequest, source: Source, *, token: str = "") -> HttpResponse:
    """The page of a source; with a TOKEN, which is shown and kept nowhere."""
    asked = request.GET
    kind = "indicator" if asked.get("kind") == "indicator" else "strategy"
    table = STRATEGY if kind == "strategy" else INDICATOR
    fields = asked.getlist("field") if "kind" in asked else list(USUAL)
    action = asked.get("action") if asked.get("action") in ACTIONS else ACTIONS[0]
    context: dict[str, Any] = {
        "source": source,
        "token": token,
        "hook": public_address(request, "/in/hooks/" + (token or UNKNOWN)),
        "door": public_address(request, "/in/v1/signals"),
        "chat_door": public_address(request, "/in/telegram/" + (token or UNKNOWN)),
        "kind": kind,
        "action": action,
        "actions": ACTIONS,
        "fields": [(name, said, name in fields) for name, (_text, said) in table.items()],
        "text": alert_text(
            kind=kind, action=str(action), fields=fields, secret=bool(source.body_secret)
        ),
        "readers": _readers(source.feed),
        "is_public": environment().public_url.startswith("https://"),
    }
    if request.headers.get("HX-Request") == "true" and not token:
        return render(request, "portal/_alert_text.html", context)
    context["state"] = source_states(Source.objects.filter(pk=source.pk))[0]
    answer = render(request, "portal/alert.html", context)
    if token:
        answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
@roles_required(*MANAGERS)
def send_test_signal(request: HttpRequest, slug: str) -> HttpResponse:
    """Post a sample as the source would, after a yes where people would get it."""
    source = get_object_or_404(outside_sources().select_related("feed"), slug=slug)
    if not source.is_active:
        messages.error(request, _("The source is paused. Resume it first."))
        return redirect("alert", slug=slug)
    if _readers(source.feed) and request.POST.get("sure") != "yes":
        messages.error(request, _("Nothing was sent. Tick that your readers may get the test."))
        return redirect("alert", slug=slug)
    try:
        outcome = send_sample(source, by=signed_in(request))
    except Problem as problem:
        messages.error(request, problem.detail)
        return redirect("alert", slug=slug)
    return redirect("submitted", pk=outcome.id)


def _readers(feed: Feed) -> int:
    """How many destinations a signal would be sent to now."""
    return entitled_destinations(feed.pk).count() + broadcast_destinations(feed.pk).count()
