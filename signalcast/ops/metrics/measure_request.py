"""Count and time requests for pages, by the name of their route: paths are without end."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from signalcast.core import trace
from signalcast.core.measure import Count, Timing

REQUESTS = Count(
    "signalcast_http_requests_total", "Requests for pages, by route and class of status.",
    "route", "status",
)  # fmt: skip
DURATION = Timing(
    "signalcast_http_request_seconds", "Time until the answer of a page was there.", "route"
)

Answer = Callable[[HttpRequest], HttpResponseBase]
#: Stand for everything that no route answers, and for all static files.
NONE, STATIC = "none", "static"


def measure_request(answer: Answer) -> Answer:
    """A middleware."""

    def measured(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = answer(request)
        route = _route(request)
        REQUESTS.add(route, f"{response.status_code // 100}xx")
        DURATION.note(route, seconds=time.perf_counter() - began)
        trace.annotate(route=route, status=response.status_code)
        return response

    return measured


def _route(request: HttpRequest) -> str:
    if request.resolver_match:
        return request.resolver_match.view_name or NONE
    return STATIC if request.path.startswith(settings.STATIC_PATH) else NONE
