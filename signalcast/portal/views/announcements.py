"""Announcements: write, look at, send, and see how far they are."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from signalcast.channels.base import Content
from signalcast.channels.wording import TooLong, Words, word
from signalcast.core import clock
from signalcast.core.ids import new_id
from signalcast.delivery.announce import TYPE, announced
from signalcast.delivery.announce import announce as carry_out
from signalcast.delivery.announcement_form import AnnouncementForm
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.segment import Segment, destinations_in, people_in
from signalcast.delivery.states import OPEN, DeliveryState
from signalcast.feeds.models import Feed
from signalcast.plans.entitlement import broadcast_destinations, entitled_destinations
from signalcast.portal.access import MANAGERS, roles_required, signed_in
from signalcast.portal.keys import read_uuid
from signalcast.portal.pages import page
from signalcast.portal.segment_words import receivers
from signalcast.portal.wordings import wordings_of


@require_GET
@roles_required(*MANAGERS)
def announcements(request: HttpRequest) -> HttpResponse:
    """All announcements with how many they reached. Renews itself while one is on its way."""
    shown = page(
        Post.objects.filter(type=TYPE).select_related("feed"), request.GET.get("after", "")
    )
    rows = _progress(shown.rows)
    context = {"rows": rows, "next": shown.after, "moving": any(row["waiting"] for row in rows)}
    part = request.headers.get("HX-Request") == "true"
    name = "portal/_announcements.html" if part else "portal/announcements.html"
    return render(request, name, context)


@require_http_methods(["GET", "POST"])
@roles_required(*MANAGERS)
def announce(request: HttpRequest) -> HttpResponse:
    """Write one. It is shown as readers will see it before it can be sent."""
    form = AnnouncementForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        said, to = form.cleaned_data, form.to
        if request.POST.get("act") == "send":
            key = read_uuid(request.POST.get("key", "")) or new_id()
            carry_out(
                to=to,
                title=said["title"],
                text=said["text"],
                by=signed_in(request),
                key=str(key),
            )
            messages.success(request, _("The announcement is on its way."))
            return redirect("announcements")
        context |= {"words": _words(form)} | _reach(to)
    context["key"] = request.POST.get("key") or new_id()
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "portal/announce.html", context, status=status)


def _reach(to: Feed | Segment) -> dict[str, int]:
    """Whom it would reach now."""
    if isinstance(to, Feed):
        return {
            "readers": entitled_destinations(to.pk).count(),
            "broadcasts": broadcast_destinations(to.pk).count(),
        }
    reached = destinations_in(to)
    return {
        "people": people_in(to).count(),
        "reached": reached.values("owner").distinct().count(),
        "readers": reached.count(),
    }


def _words(form: AnnouncementForm) -> Words | None:
    """The announcement as a mail would word it."""
    said = form.cleaned_data
    data = announced(form.to, said["title"], said["text"])
    content = Content(TYPE, clock.now().isoformat(), data, wordings_of(TYPE))
    try:
        return word(content, kind="", language="en")
    except TooLong:
        return None


def _progress(posts: list[Post]) -> list[dict[str, Any]]:
    """Posts with the counts of their deliveries. One statement for all of them."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    rows = Delivery.objects.filter(post__in=posts).values_list("post_id", "state")
    for post_id, state, count in rows.annotate(count=Count("pk")).order_by():
        counts[post_id][state] = count
    names = receivers(posts)
    found = []
    for post in posts:
        mine = counts[post.pk]
        total = sum(mine.values())
        waiting = sum(mine.get(state, 0) for state in OPEN)
        found.append(
            {
                "post": post,
                "to": names.get(post.pk, ""),
                "total": total,
                "sent": mine.get(DeliveryState.SENT, 0),
                "failed": mine.get(DeliveryState.DISCARDED, 0),
                "waiting": waiting or post.fanned_out_at is None,
                "open": waiting,
            }
        )
    return found
