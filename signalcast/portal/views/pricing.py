"""What is sold: the public page of prices, one plan by its link, and choosing one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from signalcast.accounts.models import User
from signalcast.plans.models import Plan
from signalcast.plans.states import Refused
from signalcast.plans.take import ToBePaid, take
from signalcast.portal.access import signed_in
from signalcast.portal.plan_cards import cards, checkout_url, offered


@require_GET
def pricing(request: HttpRequest) -> HttpResponse:
    """The public plans side by side."""
    context = {"cards": offered(_reader(request))}
    return render(request, "plans/pricing.html", context)


@require_GET
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """One plan, for whoever has its link."""
    rows = Plan.objects.filter(slug=slug).exclude(visibility=Plan.Visibility.ARCHIVED)
    found = cards(rows, _reader(request))
    if not found:
        raise Http404
    context: dict[str, Any] = {"card": found[0], "code": request.GET.get("code", "")[:32]}
    return render(request, "plans/plan.html", context)


@require_POST
@login_required
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin what needs no payment now: a free plan, a trial, what a coupon pays for whole."""
    user = signed_in(request)
    found = get_object_or_404(Plan, slug=slug)
    try:
        take(user, found, by=user.email, code=request.POST.get("code", ""))
    except ToBePaid as said:
        if url := checkout_url(found):
            return redirect(url)
        messages.error(request, str(said))
        return redirect("plan", slug)
    except Refused as said:
        messages.error(request, str(said))
        return redirect("plan", slug)
    messages.success(request, _("It is yours. Connect where your signals shall go."))
    return redirect("subscription")


def _reader(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
