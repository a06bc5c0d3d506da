"""Deliveries with their attempts."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from signalcast.channels.registry import kinds
from signalcast.core.holds import holds
from signalcast.delivery.cancel import cancel
from signalcast.delivery.models import Attempt, Delivery
from signalcast.delivery.states import DeliveryState
from signalcast.plans.entitlement import readable_feeds
from signalcast.portal.access import MANAGERS, roles_required, signed_in, visible_deliveries
from signalcast.portal.filters import filters_of
from signalcast.portal.keys import read_uuids
from signalcast.portal.noted import noted
from signalcast.portal.pages import page

FILTERS = ("state", "channel", "feed", "to", "signal", "since", "until")


@require_GET
@login_required
def deliveries(request: HttpRequest) -> HttpResponse:
    """Deliveries, newest first, by state, channel, feed, time, receiver and instrument."""
    user = signed_in(request)
    filters = filters_of(request, FILTERS)
    found = _filtered(visible_deliveries(user), filters)
    shown = page(
        found.select_related("destination__owner", "post__feed", "signal").prefetch_related(
            Prefetch("tried", Attempt.objects.order_by("started_at"))
        ),
        request.GET.get("after", ""),
    )
    query = request.GET.copy()
    query["after"] = shown.after
    context = {
        "deliveries": shown.rows,
        "next": query.urlencode() if shown.after else "",
        "filters": filters,
        "filtered": any(filters.values()),
        "wrong": [name for name in ("since", "until") if filters[name] and not _at(filters[name])],
        "states": DeliveryState.choices,
        "channels": kinds(),
        "feeds": readable_feeds(user).order_by("name"),
        "may_cancel": user.has_role(*MANAGERS),
    }
    return render(request, "portal/deliveries.html", context)


def _filtered(found: QuerySet[Delivery], filters: dict[str, str]) -> QuerySet[Delivery]:
    if filters["state"] == "parked":
        found = found.filter(parked_at__isnull=False)
    elif filters["state"] in DeliveryState.values:
        found = found.filter(state=filters["state"])
    if filters["channel"]:
        found = found.filter(destination__kind=filters["channel"])
    if filters["feed"]:
        found = found.filter(post__feed__slug=filters["feed"])
    if filters["to"]:
        found = holds(found, filters["to"], "destination__owner__email", "destination__address")
    if ids := read_uuids([filters["signal"]]):
        found = found.filter(post__signal__in=ids)
    elif filters["signal"]:
        found = found.filter(post__signal__symbol__startswith=filters["signal"].upper())
    if since := _at(filters["since"]):
        found = found.filter(created_at__gte=since)
    if until := _at(filters["until"]):
        found = found.filter(created_at__lte=until)
    return found


def _at(text: str) -> datetime | None:
    """A moment as a browser's field gives it, in UTC; None when it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@require_POST
@roles_required(*MANAGERS)
def cancel_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop one delivery that waits."""
    by = _("Cancelled by %(who)s.") % {"who": signed_in(request)}
    with transaction.atomic():
        cancelled = cancel([pk], reason=by)
        if cancelled:
            noted(request, "deliveries.cancelled", target=str(pk), count=1)
    if cancelled:
        messages.success(request, _("The delivery is cancelled."))
    else:
        messages.error(request, _("It is being sent or is finished: nothing was changed."))
    return redirect("deliveries")
