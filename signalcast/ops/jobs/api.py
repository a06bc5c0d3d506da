"""Jobs, schedules and fan-outs for programs, with the rights of whoever is signed in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from signalcast.core.redact import whole
from signalcast.delivery.models import Post
from signalcast.ops.jobs.act_on_all import act_on_all
from signalcast.ops.jobs.acts import ACTS, BATCH
from signalcast.ops.jobs.fan_outs import document as fan_out_document
from signalcast.ops.jobs.fan_outs import fan_outs
from signalcast.ops.jobs.find import find
from signalcast.ops.jobs.matching import count_matching
from signalcast.ops.jobs.query import WrongQuery, read_query
from signalcast.ops.jobs.rows import document, rows
from signalcast.ops.jobs.schedules import Line, schedules
from signalcast.ops.jobs.views.common import act_in_words, by, ids_of
from signalcast.portal.access import OBSERVERS, OPERATORS, roles_required
from signalcast.portal.pages import page
from signalcast.work.models import Job


@require_GET
@roles_required(*OBSERVERS)
def jobs(request: HttpRequest) -> JsonResponse:
    """A page of jobs: `q` as on the page, `after` as the last answer said."""
    try:
        found = find(read_query(request.GET.get("q", "")), request.GET.get("after", ""))
    except WrongQuery as problem:
        return _problem(422, str(problem))
    listed = [document(row) for row in rows(found.ids)]
    return JsonResponse({"jobs": listed, "after": found.after or None, "complete": not found.cut})


@require_GET
@roles_required(*OBSERVERS)
def job(_request: HttpRequest, pk: int) -> JsonResponse:
    """One job with its arguments and every attempt, without their logs."""
    row = Job.objects.filter(pk=pk).first()
    if row is None:
        return _problem(404, _("There is no such job."))
    names = ("id", "generation", "process", "started_at", "finished_at", "outcome", "error")
    attempts = list(row.attempts.order_by("pk").values(*names))
    return JsonResponse(
        {**document(rows([pk])[0]), "arguments": whole(row.arguments), "attempts": attempts}
    )


@require_POST
@roles_required(*OPERATORS)
def act(request: HttpRequest, name: str) -> JsonResponse:
    """Act on the jobs `job`, or on all that `q` means once `count` says how many those are."""
    chosen = ACTS.get(name)
    if chosen is None:
        return _problem(
            404, _("There is no such act. There are: %(known)s.") % {"known": ", ".join(ACTS)}
        )
    if "q" not in request.POST:
        ids = ids_of(request.POST.getlist("job"))
        if not 0 < len(ids) <= BATCH:
            told = _("Name 1 to %(most)d jobs, as job=17, or all that match, as q=… and count=….")
            return _problem(422, told % {"most": BATCH})
        count, words = act_in_words(chosen, ids, by=by(request))
        return JsonResponse({"count": count, "words": words}, status=200 if count else 409)
    try:
        query = read_query(request.POST["q"])
    except WrongQuery as problem:
        return _problem(422, str(problem))
    counted = count_matching(query, chosen)
    if request.POST.get("count") != str(counted.count):
        told = _("%(count)d jobs match. Send that as count to act on them.")
        return _problem(409, told % {"count": counted.count}, count=counted.count)
    count, made = act_on_all(chosen, query, upto=counted.upto, by=by(request))
    return JsonResponse({"count": count, "job": made.pk if made else None}, status=200)


@require_GET
@roles_required(*OBSERVERS)
def schedule_list(_request: HttpRequest) -> JsonResponse:
    """Every schedule."""
    return JsonResponse({"schedules": [schedule_document(line) for line in schedules()]})


@require_GET
@roles_required(*OBSERVERS)
def fan_out_list(request: HttpRequest) -> JsonResponse:
    """Fan-outs, newest first. The states of very large ones are left out."""
    posts = Post.objects.select_related("feed").defer("data")
    shown = page(posts, request.GET.get("after", "")[:20])
    listed = [fan_out_document(one) for one in fan_outs(shown.rows)]
    return JsonResponse({"fan_outs": listed, "after": shown.after or None})


def schedule_document(line: Line) -> dict[str, Any]:
    """A schedule for programs."""
    return {
        "name": line.name,
        "every_seconds": int(line.every.total_seconds()),
        "next": line.next,
        "last_job": line.last.pk if line.last else None,
        "last_at": line.last.created_at if line.last else None,
        "took_seconds": line.took.total_seconds() if line.took is not None else None,
        "usual_seconds": line.usual.total_seconds() if line.usual is not None else None,
        "missed": line.missed,
        "paused": line.pause is not None,
        "paused_until": line.pause.until if line.pause else None,
    }


def _problem(status: int, detail: str, **more: Any) -> JsonResponse:
    """RFC 9457, as all our errors for programs."""
    answer = {"type": "about:blank", "status": status, "detail": detail, **more}
    return JsonResponse(answer, status=status, content_type="application/problem+json")
