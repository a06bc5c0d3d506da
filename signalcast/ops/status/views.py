"""The public status page, where the owner wants one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from signalcast.core.env import environment
from signalcast.ops.status.board import Board, Part

NAMES: dict[Part, str | Promise] = {
    Part.RECEIVING: _("Signals are received"),
    Part.DECIDING: _("Signals are decided on"),
    Part.DELIVERING: _("Signals are delivered"),
    Part.PAGES: _("Pages"),
}
_board = Board()


@require_GET
def status(_request: HttpRequest) -> HttpResponse:
    """How it is, to anybody. Reads no session, so that it answers without a database too."""
    if not environment().status_page:
        raise Http404
    found = _board.status()
    context = {
        "is_well": found.is_well,
        "parts": [(NAMES[part], condition) for part, condition in found.parts.items()],
        "incidents": [(NAMES[one.part], one) for one in found.incidents],
    }
    answer = HttpResponse(render_to_string("status/status.html", context))
    answer["Cache-Control"] = "public, max-age=10"
    return answer
