"""A subscriber's own first page: what happens, what it costs, and where it goes."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from signalcast.accounts.models import User
from signalcast.core.clock import read_moment
from signalcast.payments.models import Charge
from signalcast.plans.models import Subscription
from signalcast.plans.states import CURRENT
from signalcast.portal.access import signed_in, visible_signals
from signalcast.portal.destination_state import destination_states
from signalcast.portal.signal_rows import signal_rows
from signalcast.portal.standing import Standing, standing

#: Signals that it shows, the newest; the list of signals has all.
SIGNALS = 8


@require_GET
@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    """The newest signals, one's subscriptions with the next payment, and one's destinations.

    The page asks for its signals again when something happens.
    """
    user = signed_in(request)
    shown = list(visible_signals(user).select_related("feed").order_by("-pk")[:SIGNALS])
    context: dict[str, object] = {"rows": signal_rows(shown), "live": True}
    if request.headers.get("HX-Request") == "true":
        return render(request, "portal/_signal_rows.html", context)
    context |= {
        "subscriptions": _standings(user),
        "destinations": destination_states(user.destinations.order_by("kind", "pk")),
        "unpaid": Charge.objects.filter(user=user, state=Charge.State.OPEN).order_by("-pk").first(),
    }
    return render(request, "portal/dashboard.html", context)


def _standings(user: User) -> list[Standing]:
    rows = (
        Subscription.objects.filter(user=user, state__in=CURRENT)
        .select_related("plan")
        .prefetch_related("plan__feeds", "plan__channels")
        .annotate(now=Now())
        .order_by("-pk")
    )
    return [standing(one, read_moment(one.now), has_alternatives=False) for one in rows]
