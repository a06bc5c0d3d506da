"""What somebody wants of their destinations: which feeds, when, and in which order."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from signalcast.accounts.models import User
from signalcast.channels.choose_feeds import Pair, choose_feeds
from signalcast.channels.models import (
    Destination,
    DestinationMute,
    FallbackStep,
    QuietChoice,
    QuietHours,
)
from signalcast.channels.quiet import QuietRule, find_zone, quiet_until
from signalcast.channels.set_fallbacks import set_fallbacks
from signalcast.channels.set_quiet_hours import set_quiet_hours
from signalcast.core import clock
from signalcast.delivery.reconsider import reconsider
from signalcast.feeds.models import Feed
from signalcast.plans.entitlement import current_subscriptions
from signalcast.portal.access import signed_in
from signalcast.portal.forms.preferences import FallbackForm, QuietForm, told
from signalcast.portal.pages import page


class Cell(NamedTuple):
    """A feed at a destination."""

    place: str
    value: str
    is_on: bool
    #: The plan has the feed, but not by this channel.
    is_sold: bool


@require_http_methods(["GET", "POST"])
@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    """All of it on one page, each part with a form of its own."""
    user = signed_in(request)
    places = list(Destination.objects.filter(owner=user).order_by("kind", "pk"))
    act = request.POST.get("act", "")
    quiet = _quiet_form(user, places, request.POST if act == "quiet" else None)
    fallbacks = _fallback_form(user, places, request.POST if act == "fallbacks" else None)
    if request.method == "POST" and _save(request, user, act, quiet, fallbacks):
        return redirect(request.get_full_path())
    wrong = quiet.errors or fallbacks.errors
    context = {
        "places": places,
        "quiet": quiet,
        "fallbacks": fallbacks,
        **_grid(user, places, request.GET.get("after", "")),
        **_quiet_state(user),
    }
    return render(request, "portal/preferences.html", context, status=422 if wrong else 200)


def _save(
    request: HttpRequest, user: User, act: str, quiet: QuietForm, fallbacks: FallbackForm
) -> bool:
    """Whether that is done, or there was nothing to do."""
    with transaction.atomic():
        if act == "feeds":
            asked = _pairs(request.POST.get("asked", "").split(",")) & set(_sold(user))
            choose_feeds(user, asked, _pairs(request.POST.getlist("on")))
        elif act == "quiet":
            if not quiet.is_valid():
                return False
            set_quiet_hours(user, quiet.rule, quiet.let_through, quiet.applies)
        elif act == "fallbacks":
            if not fallbacks.is_valid():
                return False
            set_fallbacks(user, fallbacks.order)
        else:
            return True
        reconsider(user)
    messages.success(request, _("It is saved. What is held already follows it, too."))
    return True


def _quiet_form(user: User, places: list[Destination], data: Any) -> QuietForm:
    chosen = dict(
        QuietChoice.objects.filter(destination__owner=user).values_list("destination", "applies")
    )
    kept = QuietHours.objects.filter(user=user).first()
    return QuietForm(data, kept=kept, places=places, chosen=chosen)


def _fallback_form(user: User, places: list[Destination], data: Any) -> FallbackForm:
    kept = {step.destination_id: step for step in FallbackStep.objects.filter(user=user)}
    return FallbackForm(data, places=places, kept=kept)


def _quiet_state(user: User) -> dict[str, Any]:
    """What time it is there, and whether it is quiet."""
    kept = QuietHours.objects.filter(user=user).first()
    if kept is None:
        return {}
    zone = find_zone(kept.zone)
    if zone is None:
        return {"lost_zone": kept.zone}
    now: datetime = clock.now()
    rule = QuietRule(kept.zone, kept.begins, kept.ends, kept.days)
    return {
        "there": f"{now.astimezone(zone):%H:%M}",
        "zone": kept.zone,
        "quiet_until": quiet_until(rule, now),
    }


def _grid(user: User, places: list[Destination], after: str) -> dict[str, Any]:
    """Feeds by destinations: a page of the feeds that the user's plans have."""
    sold = _sold(user)
    feeds: QuerySet[Feed] = Feed.objects.filter(pk__in={feed for _place, feed in sold})
    shown = page(feeds, after)
    off = set(
        DestinationMute.objects.filter(destination__owner=user).values_list(
            "destination_id", "feed_id"
        )
    )
    rows = [
        (
            feed,
            [
                Cell(
                    told(place),
                    f"{place.pk}:{feed.pk}",
                    (place.pk, feed.pk) not in off,
                    (place.pk, feed.pk) in sold,
                )
                for place in places
            ],
        )
        for feed in shown.rows
    ]
    asked = [cell.value for _feed, cells in rows for cell in cells if cell.is_sold]
    heads = [told(place) for place in places]
    return {"heads": heads, "rows": rows, "asked": ",".join(asked), "next": shown.after}


def _sold(user: User) -> set[Pair]:
    """The feeds that each of a user's destinations gets by its plans."""
    rows = current_subscriptions().filter(
        user=user,
        user__destinations__kind=F("plan__channels__kind"),
    )
    pairs = rows.filter(plan__feeds__isnull=False)
    return set(pairs.values_list("user__destinations", "plan__feeds"))


def _pairs(texts: list[str]) -> set[Pair]:
    """What a form says; what can't be read was not in it."""
    found = set()
    for text in texts:
        destination, _colon, feed = text.partition(":")
        if destination.isdecimal() and feed.isdecimal() and len(text) < 40:
            found.add((int(destination), int(feed)))
    return found
