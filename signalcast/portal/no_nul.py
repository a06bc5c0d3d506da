"""Refuse what no database can look for."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.translation import gettext as _

#: How an address spells the character NUL, which PostgreSQL refuses within a text.
NUL = "%00"


def no_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 400 where a filter holds NUL: the middleware."""

    def answer(request: HttpRequest) -> HttpResponse:
        if NUL in request.META.get("QUERY_STRING", "") or "\0" in request.path_info:
            return HttpResponseBadRequest(
                _("The address holds a character that no text has. Remove %(nul)s from it.")
                % {"nul": NUL},
                content_type="text/plain; charset=utf-8",
            )
        return get_response(request)

    return answer
