"""Searches that are kept in view."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from signalcast.ops.jobs.query import LARGEST_ID
from signalcast.ops.jobs.views.common import by
from signalcast.ops.jobs.watch import NotWatched, unwatch, watch
from signalcast.portal.access import OPERATORS, roles_required


@require_POST
@roles_required(*OPERATORS)
def watch_search(request: HttpRequest) -> HttpResponse:
    """Keep the search in view, for everybody."""
    try:
        row = watch(request.POST.get("name", ""), request.POST.get("q", ""), by=by(request))
    except NotWatched as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("%(name)s is watched.") % {"name": row.name})
    return _back(request)


@require_POST
@roles_required(*OPERATORS)
def unwatch_search(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep it in view no longer."""
    name = unwatch(pk, by=by(request)) if pk <= LARGEST_ID else ""
    if name:
        messages.success(request, _("%(name)s is not watched any more.") % {"name": name})
    else:
        messages.error(request, _("Nothing was changed: it is not watched any more."))
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(f"{reverse('jobs')}?{urlencode({'q': request.POST.get('q', '')[:500]})}")
