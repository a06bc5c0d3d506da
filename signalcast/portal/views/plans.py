"""The owner's plans: what is sold, to how many, and who has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signalcast.core.money import told
from signalcast.plans.archive_plan import archive_plan as archive
from signalcast.plans.entitlement import current_subscriptions
from signalcast.plans.make_plan import make_plan
from signalcast.plans.manage_form import PlanForm
from signalcast.plans.models import Plan
from signalcast.plans.modify_plan import modify_plan
from signalcast.plans.periods import MONTHS
from signalcast.plans.restore_plan import restore_plan as restore
from signalcast.plans.states import SubscriptionState
from signalcast.portal.access import OBSERVERS, roles_required, signed_in
from signalcast.portal.plan_cards import EACH, amount

State = SubscriptionState


@require_GET
@roles_required(*OBSERVERS)
def plans(request: HttpRequest) -> HttpResponse:
    """All plans with what they bring."""
    rows = list(Plan.objects.prefetch_related("feeds").order_by("order", "price", "pk"))
    numbers = _numbers()
    context = {
        "rows": [_row(plan, numbers.get(plan.pk, {})) for plan in rows],
        "edits": signed_in(request).has_role("owner"),
        "grants": signed_in(request).has_role("owner", "operator"),
    }
    return render(request, "plans/plans.html", context)


@require_http_methods(["GET", "POST"])
@roles_required("owner")
def create_plan(request: HttpRequest) -> HttpResponse:
    """A new plan."""
    form = PlanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        make_plan(form, by=signed_in(request))
        messages.success(request, _("The plan is there."))
        return redirect("plans")
    return _form(request, form, _("New plan"))


@require_http_methods(["GET", "POST"])
@roles_required("owner")
def edit_plan(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a plan. What somebody agreed to stays."""
    plan = get_object_or_404(Plan, slug=slug)
    form = PlanForm(request.POST or None, instance=plan)
    if request.method == "POST" and form.is_valid():
        modify_plan(form, by=signed_in(request))
        messages.success(request, _("The plan is changed."))
        return redirect("plans")
    return _form(request, form, _("Change a plan"))


@require_POST
@roles_required("owner")
def archive_plan(request: HttpRequest, slug: str) -> HttpResponse:
    """Sell it no more, or again. Who has it keeps it."""
    plan = get_object_or_404(Plan, slug=slug)
    archived = request.POST.get("act") != "restore"
    (archive if archived else restore)(plan, by=signed_in(request))
    said = (
        _("%(plan)s is not sold any more. Who has it keeps it.")
        if archived
        else _("%(plan)s can be bought by its link again.")
    )
    messages.success(request, said % {"plan": plan.name})
    return redirect("plans")


def _numbers() -> dict[int, Mapping[str, Any]]:
    """By plan: who reads by it now, who of them tries it, who is late, and what it brings."""
    late = Q(state__in=(State.PAST_DUE, State.GRACE))
    paying = Q(state__in=(State.ACTIVE, State.PAST_DUE, State.GRACE), cancel_at_period_end=False)
    rows = (
        current_subscriptions()
        .values("plan")
        .annotate(
            having=Count("pk"),
            trying=Count("pk", filter=Q(state=State.TRIALING)),
            late=Count("pk", filter=late),
            leaving=Count("pk", filter=Q(cancel_at_period_end=True)),
            brings=Sum("price", filter=paying),
        )
        .order_by()
    )
    return {row["plan"]: row for row in rows}


def _row(plan: Plan, numbers: Mapping[str, Any]) -> dict[str, Any]:
    months = MONTHS.get(Plan.Interval(plan.interval))
    brings = (numbers.get("brings") or 0) // months if months else 0
    return {
        "plan": plan,
        "amount": amount(plan.price, plan.currency) if plan.price else _("Free"),
        "each": EACH[plan.interval] if plan.price else "",
        "feeds": sorted(feed.name for feed in plan.feeds.all()),
        "brings": told(brings, plan.currency) if brings else "",
        "having": numbers.get("having", 0),
        "apart": [
            f"{count} {words}"
            for words, count in (
                (_("on trial"), numbers.get("trying", 0)),
                (_("late"), numbers.get("late", 0)),
                (_("leaving"), numbers.get("leaving", 0)),
            )
            if count
        ],
    }


def _form(request: HttpRequest, form: PlanForm, title: str) -> HttpResponse:
    context = {"form": form, "title": title, "back": "plans", "act": _("Save")}
    return render(request, "portal/form.html", context, status=422 if form.errors else 200)
