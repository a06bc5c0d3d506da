"""Subscribe to a plan: what it costs, how to pay, and on to where that is done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from signalcast.accounts.models import User
from signalcast.core import clock, events
from signalcast.payments.check_out import Pages, check_out
from signalcast.payments.gateways.base import GatewayError
from signalcast.payments.gateways.registry import ready
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.offer_change import offer_change
from signalcast.plans.quote import Quote, quote
from signalcast.plans.states import Refused, SubscriptionState
from signalcast.plans.subscribe import current_of, has_trial
from signalcast.portal.access import signed_in
from signalcast.portal.forms.payment import CheckoutForm
from signalcast.portal.leave import leave
from signalcast.portal.public_address import public_address


@require_http_methods(["GET", "POST"])
@login_required
def checkout(request: HttpRequest, slug: str) -> HttpResponse:
    """Look at what a plan costs, with a coupon or without, and begin to pay."""
    user = signed_in(request)
    plan = get_object_or_404(Plan.objects.prefetch_related("feeds"), slug=slug)
    given = {"code": request.GET.get("code", "")[:32]}
    form = CheckoutForm(request.POST or None, initial=given)
    valid = form.is_valid() if form.is_bound else True
    code = str(form.cleaned_data.get("code", "") if form.is_bound else given["code"])
    standing = _standing(user, plan)
    why_not = ""
    try:
        asked = _quote(user, plan, code, standing)
    except Refused as problem:
        asked, valid = Quote(plan.price, 0, plan.currency), False
        if standing:
            why_not = str(problem)
        elif form.is_bound:
            form.add_error("code", str(problem))
    if form.is_bound and valid and request.POST.get("act") == "pay":
        try:
            return _pay(request, user, plan, form)
        except (Refused, GatewayError) as problem:
            form.add_error(None, str(problem))
    trial = plan.trial_days if not standing and has_trial(user, plan) else 0
    context: dict[str, Any] = {
        "plan": plan,
        "form": form,
        "quote": asked,
        "trial": trial,
        "current": standing,
        "why_not": why_not,
        "changes": bool(standing and standing.plan_id != plan.pk),
        "deferred": bool(standing and standing.plan_id != plan.pk and not asked.total),
        "free": bool(trial) or not asked.total,
        "can_pay": bool(ready()),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "portal/checkout.html", context, status=status)


def _standing(user: User, plan: Plan) -> Subscription | None:
    """What somebody has of the plan's family, and not only waits for."""
    current = current_of(user.pk, plan)
    return current if current and current.state != SubscriptionState.PENDING else None


def _quote(user: User, plan: Plan, code: str, standing: Subscription | None) -> Quote:
    """What is to be paid now: for the first period, the next one, or a change. Raises Refused."""
    if standing and standing.plan_id != plan.pk:
        return Quote(offer_change(standing, plan, at=clock.now()).due, 0, plan.currency)
    if standing:
        if not standing.amount_due:
            raise Refused(_("You have this plan already, and nothing is to be paid."))
        return Quote(standing.amount_due, 0, standing.currency)
    waiting = current_of(user.pk, plan)
    used = bool(waiting and waiting.redemptions.exists())
    # A coupon that already lowers what waits for payment is not used a second time.
    return quote(plan, user_id=None if used else user.pk, code=code, at=clock.now())


def _pay(request: HttpRequest, user: User, plan: Plan, form: CheckoutForm) -> HttpResponse:
    name = form.cleaned_data["gateway"]
    if not name and plan.price and not has_trial(user, plan):
        raise Refused(_("Nobody can pay here yet. Write to whoever runs this site."))
    there = public_address(request, reverse("payments")) + "{charge}/?done"
    back = public_address(request, reverse("checkout", args=[plan.slug]))
    begun = check_out(user, plan, name, pages=Pages(there, back), code=form.cleaned_data["code"])
    if begun.charge is None:
        now = current_of(user.pk, plan)
        later = now is not None and now.plan_id != plan.pk
        words = _("With the next period it becomes %s.") if later else _("You have %s now.")
        messages.success(request, words % plan.name)
        return redirect("payments")
    events.emit("checkout.begun", charge=begun.charge.pk, gateway=name)
    return leave(request, begun.address) if begun.address else redirect("payment", begun.charge.pk)
