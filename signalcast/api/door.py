"""Where requests of programs come in."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt  # a token is shown by whoever asks; what a browser sends by itself opens nothing
def door(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    """Answer a request at the path REST below `/api/`, always in a form for programs."""
    # With Ninja and pydantic behind it, 18 MB that only those processes need that answer.
    from signalcast.api.answer import answer

    return answer(request, rest)
