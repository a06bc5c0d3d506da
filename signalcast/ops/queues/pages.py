"""The pages of the queues: now, over time, and the decisions about how many processes run."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from signalcast.core.env import environment
from signalcast.ops.health.waits import KINDS
from signalcast.ops.queues.choose import RANGES, STEPS, WrongChoice, choose, longer_step
from signalcast.ops.queues.draw_history import Frame, charts, draw_history
from signalcast.ops.queues.history import deploy_marks, history
from signalcast.ops.queues.look import look
from signalcast.ops.queues.pause_queue import OFFERED
from signalcast.ops.queues.recent import MINUTES
from signalcast.ops.queues.tell_processes import Order, Whom
from signalcast.pipeline import Queue
from signalcast.portal.access import OBSERVERS, OPERATORS, roles_required, signed_in
from signalcast.work.models import ScalingDecision

#: Decisions that their page shows, and those beside the processes.
SHOWN, NEWEST = 200, 5
#: Which orders a person gives, in the order of the page.
ORDERS = (Order.DRAIN, Order.RESUME, Order.RESTART, Order.RETIRE)


@require_GET
@roles_required(*OBSERVERS)
def overview(request: HttpRequest) -> HttpResponse:
    """What waits, what is done, who does it. With `part`, only what renews itself."""
    if request.GET.get("part") == "charts":
        return render(request, "queues/_history.html", _charts(request))
    context: dict[str, Any] = {
        "look": look(),
        "kinds": {name: model._meta.verbose_name_plural for name, model in KINDS.items()},
        "minutes": MINUTES,
        "offered": OFFERED,
        "orders": ORDERS,
        "may_act": signed_in(request).has_role(*OPERATORS),
        "decisions": ScalingDecision.objects.order_by("-at")[:NEWEST],
        "scaling": environment().scaling,
    }
    if request.GET.get("part") == "now":
        return render(request, "queues/_now.html", context)
    return render(request, "queues/overview.html", context | _charts(request))


@require_GET
@roles_required(*OBSERVERS)
def decisions(request: HttpRequest) -> HttpResponse:
    """Every change of how many processes run, with its reason."""
    rows = ScalingDecision.objects.order_by("-at")[:SHOWN]
    context = {"decisions": rows, "scaling": environment().scaling, "shown": SHOWN}
    return render(request, "queues/decisions.html", context)


@require_GET
@roles_required(*OPERATORS)
def confirm_order(request: HttpRequest) -> HttpResponse:
    """Say which processes an order would reach, before it does."""
    whom = whom_of(request.GET.dict())
    what = order_of(request.GET.get("order", ""))
    processes = whom.living(what).order_by("role", "host", "name") if what else []
    context = {"whom": whom, "order": what, "processes": processes}
    return render(request, "queues/confirm_order.html", context)


def whom_of(asked: dict[str, str]) -> Whom:
    """The processes that a form names."""
    host, role, name = (asked.get(key, "").replace("\0", "") for key in ("host", "role", "name"))
    return Whom(host, role, name)


def order_of(text: str) -> Order | None:
    """The order of that name; None when there is none."""
    return Order(text) if text in {order.value for order in ORDERS} else None


def _charts(request: HttpRequest) -> dict[str, Any]:
    asked = request.GET.dict()
    problem = ""
    try:
        choice = choose(asked)
    except WrongChoice as wrong:
        problem = str(wrong)
        try:
            choice = choose(asked | {"step": longer_step(asked)})
        except WrongChoice:
            choice = choose({})
    since, until = choice.times()
    points = history(choice.seconds, since=since, until=until, kind=choice.kind, queue=choice.queue)
    marks = deploy_marks(since=since, until=until)
    frame = Frame(since, until, choice.seconds)
    chosen = {
        "step": choice.step,
        "range": choice.span,
        "kind": choice.kind,
        "queue": choice.queue.label if choice.queue is not None else "",
        "until": choice.until.isoformat() if choice.until else "",
    }
    return {
        "charts": [draw_history(chart, points, frame, marks) for chart in charts()],
        "empty": not points,
        "marks": marks,
        "since": since,
        "until": until,
        "problem": problem,
        "chosen": chosen,
        "chosen_text": urlencode(chosen),
        "earlier": urlencode(chosen | {"until": since.isoformat()}),
        "steps": STEPS,
        "ranges": RANGES,
        "all_kinds": {name: model._meta.verbose_name_plural for name, model in KINDS.items()},
        "all_queues": [queue.label for queue in Queue],
    }
