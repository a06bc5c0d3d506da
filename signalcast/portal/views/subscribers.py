"""Who has a plan, what happened to it, and giving or ending one by hand."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signalcast.core.money import told
from signalcast.plans.cancel import cancel
from signalcast.plans.grant import grant
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.states import CURRENT, Refused, SubscriptionState
from signalcast.portal.access import OBSERVERS, OPERATORS, roles_required, signed_in
from signalcast.portal.filters import filters_of
from signalcast.portal.forms.grant import GrantForm
from signalcast.portal.noted import noted
from signalcast.portal.pages import page
from signalcast.portal.person_facts import KINDS
from signalcast.portal.person_timeline import person_timeline
from signalcast.portal.standing import LOOKS

FILTERS = ("plan", "state", "email", "after")
TIMELINE = ("kind", "after")
#: Subscriptions of one person that its page lists.
MOST = 50


@require_GET
@roles_required(*OBSERVERS)
def subscribers(request: HttpRequest) -> HttpResponse:
    """Subscriptions of everybody, newest first, by plan, state and address."""
    asked = filters_of(request, FILTERS)
    rows = Subscription.objects.select_related("plan", "user")
    if asked["plan"]:
        rows = rows.filter(plan__slug=asked["plan"])
    if asked["state"]:
        rows = rows.filter(state=asked["state"])
    if asked["email"]:
        rows = rows.filter(user__email__contains=asked["email"].lower())
    found = page(rows, asked["after"])
    context = {
        "rows": [(one, LOOKS.get(SubscriptionState(one.state), "")) for one in found.rows],
        "after": found.after,
        "asked": asked,
        "plans": Plan.objects.order_by("order", "name"),
        "states": SubscriptionState.choices,
        "grants": signed_in(request).has_role(*OPERATORS),
    }
    return render(request, "plans/subscribers.html", context)


@require_GET
@roles_required(*OBSERVERS)
def subscriber(request: HttpRequest, pk: int) -> HttpResponse:
    """One person by one of the subscriptions: how that stands, the others, and a timeline."""
    rows = Subscription.objects.select_related("plan", "next_plan", "user")
    one = get_object_or_404(rows, pk=pk)
    asked = filters_of(request, TIMELINE)
    found = person_timeline(one.user, kind=asked["kind"], after=asked["after"])
    others = Subscription.objects.filter(user=one.user).select_related("plan").order_by("-pk")
    context = {
        "one": one,
        "look": LOOKS.get(SubscriptionState(one.state), ""),
        "due": told(one.amount_due, one.currency) if one.amount_due else "",
        "others": [
            (other, LOOKS.get(SubscriptionState(other.state), "")) for other in others[:MOST]
        ],
        "lines": [(KINDS[line.kind], line) for line in found.lines],
        "next": urlencode({"kind": asked["kind"], "after": found.after}) if found.after else "",
        "kinds": KINDS.items(),
        "asked": asked,
        "ends": one.state in CURRENT and signed_in(request).has_role(*OPERATORS),
    }
    return render(request, "plans/subscriber.html", context)


@require_POST
@roles_required(*OPERATORS)
def end_subscription(request: HttpRequest, pk: int) -> HttpResponse:
    """End somebody's subscription at once, with a reason."""
    one = get_object_or_404(Subscription.objects.select_related("user", "plan"), pk=pk)
    why = request.POST.get("why", "").replace("\0", "").strip()[:300]
    try:
        if not why:
            raise Refused(_("Say why: it is noted."))
        with transaction.atomic():
            cancel(one, by=signed_in(request).email, why=why, at_once=True)
            noted(
                request,
                "subscriptions.ended",
                target=one.user.email,
                plan=one.plan.slug,
                reason=why,
            )
        messages.success(request, _("It is ended."))
    except Refused as said:
        messages.error(request, str(said))
    return redirect("subscriber", pk)


@require_http_methods(["GET", "POST"])
@roles_required(*OPERATORS)
def grant_plan(request: HttpRequest) -> HttpResponse:
    """Give somebody a plan for nothing."""
    asked = {name: request.GET.get(name, "") for name in ("plan", "email")}
    form = GrantForm(request.POST or None, initial=asked)
    if request.method == "POST" and form.is_valid():
        told_by, data = signed_in(request).email, form.cleaned_data
        try:
            made = grant(
                data["email"], data["plan"], until=data["until"], by=told_by, why=data["why"]
            )
        except Refused as said:
            form.add_error(None, str(said))
        else:
            messages.success(request, _("%(user)s has it now.") % {"user": made.user.email})
            return redirect("subscriber", made.pk)
    context = {"form": form, "title": _("Give a plan"), "back": "subscribers", "act": _("Give it")}
    return render(request, "portal/form.html", context, status=422 if form.errors else 200)
