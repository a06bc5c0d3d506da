"""Sources: who may post, when they did last, and what was wrong."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signalcast.feeds.change_source import change_source
from signalcast.feeds.create_source import create_source as create
from signalcast.feeds.desk import outside_sources
from signalcast.feeds.models import Feed
from signalcast.feeds.pause_source import pause_source as pause
from signalcast.feeds.resume_source import resume_source as resume
from signalcast.feeds.rotate_token import rotate_token
from signalcast.portal.access import MANAGERS, roles_required, signed_in
from signalcast.portal.noted import noted
from signalcast.portal.source_state import source_states
from signalcast.portal.views.alert import show_alert
from signalcast.signals.source_form import SourceForm


@require_GET
@roles_required(*MANAGERS)
def sources(request: HttpRequest) -> HttpResponse:
    """All sources with their last arrival and their last error."""
    rows = source_states(outside_sources().order_by("feed__name", "slug"))
    context = {"rows": rows, "has_feed": bool(rows) or Feed.objects.exists()}
    return render(request, "portal/sources.html", context)


@require_http_methods(["GET", "POST"])
@roles_required(*MANAGERS)
def create_source(request: HttpRequest) -> HttpResponse:
    """A new source. Its token is in the answer, this once."""
    if not Feed.objects.exists():
        messages.error(request, _("A source posts into a feed. Create a feed first."))
        return redirect("create_feed")
    asked = {"feed": Feed.objects.filter(slug=request.GET.get("feed", "")).first()}
    form = SourceForm(request.POST or None, initial=asked if asked["feed"] else None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            source, token = create(**{name: form.cleaned_data[name] for name in form.Meta.fields})
            noted(request, "sources.created", target=source.slug)
        return show_alert(request, source, token=token)
    return _form(request, form, _("New source"), act=_("Create the source"))


@require_http_methods(["GET", "POST"])
@roles_required(*MANAGERS)
def edit_source(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a source; its token stays."""
    source = get_object_or_404(outside_sources(), slug=slug)
    form = SourceForm(request.POST or None, instance=source)
    if request.method == "POST" and form.is_valid():
        change_source(form, by=signed_in(request))
        messages.success(request, _("The source is changed. Doors know it within 5 seconds."))
        return redirect("sources")
    return _form(request, form, _("Change a source"), act=_("Save"))


@require_POST
@roles_required(*MANAGERS)
def rotate(request: HttpRequest, slug: str) -> HttpResponse:
    """A new token, which is in the answer, this once."""
    source = get_object_or_404(outside_sources().select_related("feed"), slug=slug)
    with transaction.atomic():
        token = rotate_token(source)
        noted(request, "sources.token_rotated", target=slug)
    return show_alert(request, source, token=token)


@require_POST
@roles_required(*MANAGERS)
def pause_source(request: HttpRequest, slug: str) -> HttpResponse:
    """Shut the door to a source, or open it again."""
    source = get_object_or_404(outside_sources(), slug=slug)
    if request.POST.get("act") == "resume":
        resume(source, by=signed_in(request))
        messages.success(request, _("%(source)s may post again.") % {"source": slug})
    else:
        pause(source, by=signed_in(request))
        said = _("%(source)s is paused: within 5 seconds what it posts is refused with 401.")
        messages.success(request, said % {"source": slug})
    return redirect("sources")


def _form(request: HttpRequest, form: SourceForm, title: str, *, act: str) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "title": title, "back": "sources", "act": act}
    return render(request, "portal/form.html", context, status=422 if form.errors else 200)
