"""The same for programs, with the session of somebody who may look."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from signalcast.ops.queues.choose import WrongChoice, choose
from signalcast.ops.queues.document import (
    decisions_document,
    history_document,
    marks_document,
    overview_document,
    processes_document,
)
from signalcast.ops.queues.history import deploy_marks, history
from signalcast.ops.queues.look import forget_look, look, process_lines
from signalcast.ops.queues.pages import SHOWN, order_of, whom_of
from signalcast.ops.queues.pause_queue import pause_queue
from signalcast.ops.queues.resume_queue import resume_queue
from signalcast.ops.queues.span_of import WrongSpan, span_of
from signalcast.ops.queues.tell_processes import tell_processes
from signalcast.portal.access import OBSERVERS, OPERATORS, roles_required, signed_in
from signalcast.work.models import ScalingDecision


@require_GET
@roles_required(*OBSERVERS)
def overview(request: HttpRequest) -> HttpResponse:
    """Queues, and what waits and was done in each."""
    return JsonResponse(overview_document(look()))


@require_GET
@roles_required(*OBSERVERS)
def processes(request: HttpRequest) -> HttpResponse:
    """Every process of every host."""
    return JsonResponse({"processes": processes_document(process_lines())})


@require_GET
@roles_required(*OBSERVERS)
def over_time(request: HttpRequest) -> HttpResponse:
    """Steps of the history by `step`, `range`, `kind`, `queue` and `until`."""
    try:
        choice = choose(request.GET.dict())
    except WrongChoice as wrong:
        return _problem(str(wrong))
    since, until = choice.times()
    points = history(choice.seconds, since=since, until=until, kind=choice.kind, queue=choice.queue)
    marks = marks_document(deploy_marks(since=since, until=until))
    return JsonResponse(
        {"step_seconds": choice.seconds, "points": history_document(points), "deploys": marks}
    )


@require_GET
@roles_required(*OBSERVERS)
def decisions(request: HttpRequest) -> HttpResponse:
    """Changes of how many processes run, the newest first."""
    rows = ScalingDecision.objects.order_by("-at")[:SHOWN]
    return JsonResponse({"decisions": decisions_document(rows)})


@require_POST
@roles_required(*OPERATORS)
def pause(request: HttpRequest, label: str) -> HttpResponse:
    """Pause a queue: `for` as in 15m, without it until it is resumed; `reason`."""
    try:
        seconds = span_of(request.POST.get("for", ""))
        reason = request.POST.get("reason", "")
        made = pause_queue(label, by=signed_in(request).email, seconds=seconds, reason=reason)
    except WrongSpan as wrong:
        return _problem(str(wrong))
    except LookupError:
        return _problem(_("There is no such queue."), status=404)
    forget_look()
    made.refresh_from_db()
    return JsonResponse({"paused": label, "until": made.until and made.until.isoformat()})


@require_POST
@roles_required(*OPERATORS)
def resume(request: HttpRequest, label: str) -> HttpResponse:
    """Let a queue go on. Says whether it was paused."""
    was_paused = resume_queue(label, by=signed_in(request).email)
    forget_look()
    return JsonResponse({"resumed": label, "was_paused": was_paused})


@require_POST
@roles_required(*OPERATORS)
def give_order(request: HttpRequest) -> HttpResponse:
    """Tell processes to `order`: of a `host`, a `role`, a `name`, or of the whole fleet."""
    asked = {name: str(value) for name, value in request.POST.items()}
    what = order_of(asked.get("order", ""))
    if what is None:
        return _problem(_("order can be drain, resume, restart or retire."))
    count = tell_processes(what, whom_of(asked), by=signed_in(request).email)
    return JsonResponse({"order": what.value, "told": count})


def _problem(sentence: str, *, status: int = 422) -> HttpResponse:
    """An RFC 9457 problem document."""
    document = {"title": _("That cannot be done"), "status": status, "detail": sentence}
    return JsonResponse(document, status=status, content_type="application/problem+json")
