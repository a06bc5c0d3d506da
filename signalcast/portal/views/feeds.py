"""Feeds: what there is, a new one, and what is to be changed about one."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from signalcast.feeds.change_feed import change_feed
from signalcast.feeds.create_feed import create_feed as create
from signalcast.feeds.desk import MARK
from signalcast.feeds.forms import FeedForm
from signalcast.feeds.models import Feed
from signalcast.portal.access import MANAGERS, roles_required, signed_in


@require_GET
@roles_required(*MANAGERS)
def feeds(request: HttpRequest) -> HttpResponse:
    """All feeds with what belongs to them."""
    rows = Feed.objects.order_by("name").annotate(
        source_count=Count(
            "sources", filter=~Q(sources__token_digest__startswith=MARK), distinct=True
        ),
        plan_count=Count("plans", distinct=True),
        broadcast_count=Count("broadcasts", distinct=True),
    )
    return render(request, "portal/feeds.html", {"feeds": rows})


@require_http_methods(["GET", "POST"])
@roles_required(*MANAGERS)
def create_feed(request: HttpRequest) -> HttpResponse:
    """A new feed."""
    form = FeedForm(request.POST or None)
    if form.is_valid():
        create(form, by=signed_in(request))
        messages.success(request, _("The feed is there. Add a source that posts into it."))
        return redirect("start")
    return _form(request, form, _("New feed"))


@require_http_methods(["GET", "POST"])
@roles_required(*MANAGERS)
def edit_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a feed."""
    feed = get_object_or_404(Feed, slug=slug)
    form = FeedForm(request.POST or None, instance=feed)
    if form.is_valid():
        change_feed(form, by=signed_in(request))
        messages.success(request, _("The feed is changed."))
        return redirect("feeds")
    return _form(request, form, _("Change a feed"))


def _form(request: HttpRequest, form: FeedForm, title: str) -> HttpResponse:
    context = {"form": form, "title": title, "back": "feeds", "act": _("Save")}
    return render(request, "portal/form.html", context, status=422 if form.errors else 200)
