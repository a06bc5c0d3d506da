"""Signals: the list that renews itself, and one signal with all that became of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from signalcast.delivery.states import DeliveryState
from signalcast.plans.entitlement import readable_feeds
from signalcast.portal.access import WRITERS, signed_in, visible_deliveries, visible_signals
from signalcast.portal.draw_revision import draw_revision
from signalcast.portal.filters import filters_of
from signalcast.portal.pages import page
from signalcast.portal.signal_rows import signal_rows
from signalcast.portal.timeline import timeline
from signalcast.signals.states import SignalState

#: Deliveries of one signal that its page shows; the list of deliveries has all.
SHOWN_DELIVERIES = 50


@require_GET
@login_required
def signals(request: HttpRequest) -> HttpResponse:
    """The live list of signals; the page asks for its rows again when something happens."""
    user = signed_in(request)
    filters = filters_of(request, ("feed", "symbol", "state"))
    found = visible_signals(user).select_related("feed")
    if filters["feed"]:
        found = found.filter(feed__slug=filters["feed"])
    if filters["symbol"]:
        found = found.filter(symbol__startswith=filters["symbol"].upper())
    if filters["state"] in SignalState.values:
        found = found.filter(state=filters["state"])
    after = request.GET.get("after", "")
    shown = page(found, after)
    context = {
        "rows": signal_rows(shown.rows),
        "next": shown.after,
        "filters": filters,
        "filtered": any(filters.values()),
        "live": not after,
        "states": SignalState.choices,
        "feeds": readable_feeds(user).order_by("name"),
        "may_write": user.has_role(*WRITERS),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "portal/_signal_rows.html" if part else "portal/signals.html", context)


@require_GET
@login_required
def signal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One signal: what it said at each revision, how long that took, and who got it."""
    user = signed_in(request)
    found = get_object_or_404(visible_signals(user).select_related("feed", "source"), pk=pk)
    revisions = list(
        found.revisions.select_related("receipt__approved_by", "post")
        .prefetch_related("targets")
        .order_by("-number")
    )
    mine = visible_deliveries(user).filter(post__signal=found)
    deliveries = list(
        mine.select_related("destination__owner", "post").order_by("-number", "pk")[
            :SHOWN_DELIVERIES
        ]
    )
    counts = dict(mine.values_list("state").annotate(count=Count("pk")).order_by())
    context = {
        "signal": found,
        "revisions": revisions,
        "picture": draw_revision(revisions[0]),
        "timelines": timeline(revisions, mine),
        "deliveries": deliveries,
        "counts": [
            (state, label, counts[state])
            for state, label in DeliveryState.choices
            if state in counts
        ],
        "total": sum(counts.values()),
        "may_write": user.has_role(*WRITERS) and found.state == SignalState.OPEN,
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "portal/_signal.html" if part else "portal/signal.html", context)
