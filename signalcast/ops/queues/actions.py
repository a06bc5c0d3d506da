"""What operators do to queues and processes on the page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from signalcast.ops.queues.look import forget_look
from signalcast.ops.queues.pages import order_of, whom_of
from signalcast.ops.queues.pause_queue import OFFERED, pause_queue
from signalcast.ops.queues.resume_queue import resume_queue
from signalcast.ops.queues.tell_processes import tell_processes
from signalcast.portal.access import OPERATORS, roles_required, signed_in


@require_POST
@roles_required(*OPERATORS)
def pause_or_resume(request: HttpRequest, label: str) -> HttpResponse:
    """Pause a queue for as long as the form says, or let it go on."""
    by = signed_in(request).email
    forget_look()
    if request.POST.get("act") == "resume":
        if resume_queue(label, by=by):
            messages.success(request, _("%(queue)s goes on.") % {"queue": label})
        else:
            messages.error(request, _("%(queue)s was not paused any more.") % {"queue": label})
        return redirect("queues")
    span = request.POST.get("for", "?")
    try:
        reason = request.POST.get("reason", "")
        made = pause_queue(label, by=by, seconds=OFFERED[span], reason=reason)
    except LookupError:
        messages.error(request, _("Nothing was paused: choose a queue and for how long."))
        return redirect("queues")
    made.refresh_from_db()
    told = _("%(queue)s rests until it is resumed.")
    if made.until:
        told = _("%(queue)s rests until %(until)s UTC.")
    until = f"{made.until:%Y-%m-%d %H:%M:%S}" if made.until else ""
    messages.success(request, told % {"queue": label, "until": until})
    return redirect("queues")


@require_POST
@roles_required(*OPERATORS)
def give_order(request: HttpRequest) -> HttpResponse:
    """Tell processes what to do."""
    asked = {name: str(value) for name, value in request.POST.items()}
    what = order_of(asked.get("order", ""))
    if what is None:
        messages.error(request, _("Nobody was told anything: choose what they shall do."))
        return redirect("queues")
    count = tell_processes(what, whom_of(asked), by=signed_in(request).email)
    forget_look()
    if count:
        told = ngettext(
            "%(count)d process was told to %(order)s, and hears it within ten seconds.",
            "%(count)d processes were told to %(order)s, and hear it within ten seconds. Those of "
            "one kind restart one after the other.",
            count,
        )
        messages.success(request, told % {"count": count, "order": what.value})
    else:
        messages.error(request, _("Nobody was told: no such process is alive."))
    return redirect("queues")
