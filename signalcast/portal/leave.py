"""On to a page of somebody else's after a form of ours."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache


@never_cache
def leave(request: HttpRequest, address: str) -> HttpResponse:
    """A page that leads to ADDRESS by itself.

    Browsers stop a redirect that follows a form and leads to another site, since the policy of our
    pages lets forms go nowhere else.
    """
    return render(request, "portal/leave.html", {"address": address})
