"""A page that was left open asks for a part of itself, and its session has ended meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

Answer = Callable[[HttpRequest], HttpResponse]


def sign_in_again(answer: Answer) -> Answer:
    """Middleware: send the whole page to the entrance, and from there back to where it was.

    Without it the entrance would be shown in place of the part.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        entrance = resolve_url(settings.LOGIN_URL)
        to_entrance = response.status_code == 302 and response.headers["Location"].startswith(
            entrance
        )
        if not to_entrance or request.headers.get("HX-Request") != "true":
            return response
        place = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = place.path + (f"?{place.query}" if place.query else "")
        query = urlencode({"next": back}) if back else ""
        return HttpResponse(status=401, headers={"HX-Redirect": f"{entrance}?{query}"})

    return middleware
