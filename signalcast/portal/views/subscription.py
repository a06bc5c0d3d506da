"""A subscriber's own subscriptions: how they stand, and what is to become of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signalcast.accounts.models import User
from signalcast.core.clock import read_moment
from signalcast.core.money import told
from signalcast.plans.cancel import cancel
from signalcast.plans.change_plan import change_plan
from signalcast.plans.keep_plan import keep_plan
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.offer_change import Offer, offer_change
from signalcast.plans.reactivate import reactivate
from signalcast.plans.states import CURRENT, Refused
from signalcast.portal.access import signed_in
from signalcast.portal.plan_cards import EACH, amount, channel_names, checkout_url, contact_url
from signalcast.portal.standing import standing

#: Over ones that are shown below the current ones.
PAST = 20


@require_GET
@login_required
def subscription(request: HttpRequest) -> HttpResponse:
    """What somebody has, and had."""
    user = signed_in(request)
    rows = _own(user).prefetch_related("plan__feeds", "plan__channels").annotate(now=Now())
    groups = [_group(plan) for plan in Plan.objects.filter(visibility=Plan.Visibility.PUBLIC)]
    standings = [
        standing(one, read_moment(one.now), has_alternatives=_alternatives_among(groups, one))
        for one in rows.order_by("-pk")
    ]
    context = {
        "current": [one for one in standings if one.subscription.state in CURRENT],
        "past": [one for one in standings if one.subscription.state not in CURRENT][:PAST],
    }
    return render(request, "plans/subscription.html", context)


@require_POST
@login_required
def change_subscription(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel it, let it go on, or forget a change of plan."""
    user = signed_in(request)
    one = get_object_or_404(_own(user), pk=pk)
    act = request.POST.get("act", "")
    try:
        if act == "cancel":
            one = cancel(one, by=user.email)
            messages.success(
                request,
                _("It ends with its period. Until then nothing changes.")
                if one.state in CURRENT
                else _("It is cancelled."),
            )
        elif act == "reactivate":
            reactivate(one, by=user.email)
            messages.success(request, _("It goes on."))
        elif act == "keep":
            keep_plan(one, by=user.email)
            messages.success(request, _("Your plan stays as it is."))
    except Refused as said:
        messages.error(request, str(said))
    return redirect("subscription")


@require_http_methods(["GET", "POST"])
@login_required
def alternatives(request: HttpRequest, pk: int) -> HttpResponse:
    """The other plans of its family, each with what a change would cost and when it would come."""
    user = signed_in(request)
    one = get_object_or_404(_own(user).annotate(now=Now()), pk=pk)
    others = [
        plan
        for plan in Plan.objects.filter(visibility=Plan.Visibility.PUBLIC)
        .prefetch_related("feeds", "channels")
        .order_by("order", "price", "pk")
        if plan.group == one.plan.group and plan.pk != one.plan_id
    ]
    if request.method == "POST":
        return _change(request, user, one, others)
    rows = [_alternative(one, plan) for plan in others]
    return render(request, "plans/alternatives.html", {"one": one, "rows": rows})


def _change(
    request: HttpRequest, user: User, one: Subscription, others: list[Plan]
) -> HttpResponse:
    wanted = request.POST.get("plan", "")
    found = next((plan for plan in others if plan.slug == wanted), None)
    if found is None:
        messages.error(request, _("There is no such plan to change to. Choose one of these."))
        return redirect("alternatives", one.pk)
    try:
        offer = change_plan(one, found, by=user.email)
    except Refused as said:
        messages.error(request, str(said))
        return redirect("alternatives", one.pk)
    words = {"plan": found.name}
    if offer.at_once:
        messages.success(request, _("Your plan is %(plan)s now.") % words)
    else:
        messages.success(request, _("With the next period it becomes %(plan)s.") % words)
    return redirect("subscription")


def _alternative(one: Subscription, plan: Plan) -> dict[str, Any]:
    row: dict[str, Any] = {
        "plan": plan,
        "amount": amount(plan.price, plan.currency) if plan.price else _("Free"),
        "each": EACH[plan.interval] if plan.price else "",
        "feeds": sorted(feed.name for feed in plan.feeds.all()),
        "channels": channel_names(row.kind for row in plan.channels.all()),
    }
    try:
        offer = offer_change(one, plan, at=read_moment(one.now))  # type: ignore[attr-defined]
    except Refused as said:
        return row | {"refused": str(said)}
    return row | {"offer": offer, **_costs(offer), "pay": _pay(offer), "ask": contact_url(plan)}


def _costs(offer: Offer) -> dict[str, str]:
    """Money in words, where there is any."""
    cost, currency = offer.proration, offer.plan.currency
    if not (offer.at_once and cost.charge):
        return {}
    return {
        "charge": told(cost.charge, currency),
        "credit": told(cost.credit, currency),
        "due": told(cost.due, currency),
    }


def _pay(offer: Offer) -> str:
    return checkout_url(offer.plan) if offer.due else ""


def _own(user: User) -> QuerySet[Subscription]:
    return Subscription.objects.filter(user=user).select_related("plan", "next_plan")


def _group(plan: Plan) -> tuple[int, str]:
    return plan.pk, plan.group


def _alternatives_among(groups: list[tuple[int, str]], one: Subscription) -> bool:
    return any(group == one.plan.group and pk != one.plan_id for pk, group in groups)
