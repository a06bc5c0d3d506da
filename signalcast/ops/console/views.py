"""The first page: whether signals flow, at one glance."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from signalcast.ops.alerts.registry import rules
from signalcast.ops.console.draw_flow import draw_flow
from signalcast.ops.console.glance import Flow, Glance, Tile
from signalcast.ops.console.shared import shared
from signalcast.ops.console.verdict import FEW, SHARE, seconds, verdict
from signalcast.pipeline import ARRIVAL_BUDGET
from signalcast.portal.access import OBSERVERS, roles_required

NAMES = {
    "receive": gettext_lazy("Receive"),
    "publish": gettext_lazy("Decide, fan out"),
    "send": gettext_lazy("Send"),
    "run_jobs": gettext_lazy("Jobs"),
}


@require_GET
@roles_required(*OBSERVERS)
def console(request: HttpRequest) -> HttpResponse:
    """The stages with what flows, waits and fails; the page asks for them again and again."""
    part = request.headers.get("HX-Request") == "true"
    name = "console/_glance.html" if part else "console/console.html"
    return render(request, name, context(shared().glance()))


def context(glance: Glance) -> dict[str, Any]:
    """What the page says about GLANCE."""
    found = verdict(glance)
    titles = {name: rule.title for name, rule in rules().items()}
    arrivals = glance.arrivals
    return {
        "glance": glance,
        "state": found.state,
        "sentence": found.html(),
        "tiles": [_tile(tile) for tile in glance.tiles],
        "channels": [
            {
                "kind": one.kind,
                "flow": _flow(one.flow, one.kind),
                "accepted": one.accepted,
                "ended": one.ended,
                "bad": one.ended >= FEW and 100 * one.accepted < SHARE * one.ended,
                "slow": None if one.slow is None else seconds(one.slow),
            }
            for one in glance.channels
        ],
        "arrivals": arrivals and (seconds(arrivals.usual), seconds(arrivals.slow), arrivals.count),
        "budget": seconds(ARRIVAL_BUDGET),
        "is_slow": arrivals is not None and arrivals.slow > ARRIVAL_BUDGET,
        "alerts": [(titles.get(one.rule, one.rule), one) for one in glance.alerts],
        "maintenances": [(titles.get(one.what, ""), one) for one in glance.maintenances],
    }


def _tile(tile: Tile) -> dict[str, Any]:
    name = str(NAMES.get(tile.stage, tile.stage))
    return {
        "stage": tile.stage,
        "name": name,
        "process": tile.process,
        "living": tile.living,
        "resting": tile.resting,
        "flow": _flow(tile.flow, name),
        "wait": seconds(tile.wait),
        "budget": seconds(tile.budget) if tile.budget else "",
        "late": tile.wait > tile.budget,
        "failed": tile.failed,
        "ended": tile.ended,
        "parked": tile.parked,
    }


def _flow(flow: Flow, name: str) -> dict[str, Any]:
    covers = {"name": name, "time": seconds(flow.covers), "count": sum(flow.spans)}
    label = _("%(name)s: %(count)d in the last %(time)s.") % covers
    rate = f"{flow.per_minute:.0f}"
    return {"rate": rate, "picture": draw_flow(flow, label), "covers": seconds(flow.covers)}
