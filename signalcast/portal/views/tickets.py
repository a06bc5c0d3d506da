"""Tickets: one's own, and for staff those of everybody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signalcast.accounts.models import User
from signalcast.core.attachments import TYPES
from signalcast.core.holds import holds
from signalcast.core.ids import new_id
from signalcast.plans.models import Subscription
from signalcast.portal.access import roles_required, signed_in, visible_messages, visible_tickets
from signalcast.portal.attached import asked_width, attached
from signalcast.portal.filters import filters_of
from signalcast.portal.forms.ticket import MessageForm, TicketForm
from signalcast.portal.keys import read_uuid
from signalcast.portal.pages import SIZE, Page, page
from signalcast.support.answer import answer
from signalcast.support.close import close
from signalcast.support.files import read_file
from signalcast.support.models import Ticket, TicketFile
from signalcast.support.open_ticket import open_ticket
from signalcast.support.reopen import reopen
from signalcast.support.states import HELPERS, Refused, TicketState

FILTERS = ("state", "q", "after")
#: How a badge looks.
LOOKS = {TicketState.OPEN: "wait", TicketState.ANSWERED: "open", TicketState.CLOSED: ""}
#: Subscriptions that a ticket's page shows of its owner.
SHOWN = 5


@require_GET
@login_required
def tickets(request: HttpRequest) -> HttpResponse:
    """One's own, newest first."""
    user = signed_in(request)
    found = page(Ticket.objects.filter(owner=user), request.GET.get("after", ""))
    context = {
        "rows": _with_looks(found.rows),
        "after": found.after,
        "helps": user.has_role(*HELPERS),
    }
    return render(request, "tickets/tickets.html", context)


@require_GET
@roles_required(*HELPERS)
def ticket_desk(request: HttpRequest) -> HttpResponse:
    """Those of everybody: who waits longest comes first, of all others the newest."""
    asked = filters_of(request, FILTERS)
    state = asked["state"] = asked["state"] or TicketState.OPEN
    rows = Ticket.objects.select_related("owner")
    if asked["q"]:
        rows = holds(rows, asked["q"], "subject", "owner__email")
    if state != "all":
        rows = rows.filter(state=state)
    longest = state == TicketState.OPEN
    found = _waiting_longest(rows, asked["after"]) if longest else page(rows, asked["after"])
    context = {
        "rows": _with_looks(found.rows),
        "after": found.after,
        "asked": asked,
        "states": [*TicketState.choices, ("all", _("all"))],
    }
    return render(request, "tickets/desk.html", context)


def _waiting_longest(rows: QuerySet[Ticket], after: str) -> Page[Ticket]:
    """The rows that have waited less than that of the key AFTER."""
    key = read_uuid(after)
    last = Ticket.objects.filter(pk=key).first() if key else None
    if last is not None and last.waiting_since is not None:
        at = last.waiting_since
        rows = rows.filter(
            Q(waiting_since__gt=at) | Q(waiting_since=at, pk__gt=last.pk),
        )
    found = list(rows.order_by("waiting_since", "pk")[: SIZE + 1])
    return Page(found[:SIZE], str(found[SIZE - 1].pk) if len(found) > SIZE else "")


def _with_looks(rows: list[Ticket]) -> list[tuple[Ticket, str]]:
    return [(one, LOOKS.get(TicketState(one.state), "")) for one in rows]


@require_http_methods(["GET", "POST"])
@login_required
def new_ticket(request: HttpRequest) -> HttpResponse:
    """Ask something."""
    form = TicketForm(request.POST or None, request.FILES or None)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            made = open_ticket(
                signed_in(request), said["subject"], said["text"], form.given(), key=_key(request)
            )
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("We have it. The answer comes here."))
            return redirect("ticket", made.pk)
    status = 422 if form.errors else 200
    return render(request, "tickets/new.html", {"form": form, "key": _key(request)}, status=status)


def _key(request: HttpRequest) -> UUID:
    """What tells a form that is sent twice from two forms."""
    return read_uuid(request.POST.get("key", "")) or new_id()


@require_http_methods(["GET", "POST"])
@login_required
def ticket(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What was said so far, newest last. POST says something, or notes it for staff."""
    user = signed_in(request)
    one = get_object_or_404(visible_tickets(user).select_related("owner"), pk=pk)
    form = MessageForm(request.POST or None, request.FILES or None)
    if form.is_bound and form.is_valid() and _said(request, one, form):
        return redirect("ticket", pk)
    status = 422 if form.errors else 200
    return render(request, "tickets/ticket.html", _context(request, one, form), status=status)


def _said(request: HttpRequest, one: Ticket, form: MessageForm) -> bool:
    notes = request.POST.get("act") == "note"
    try:
        answer(
            one.pk,
            signed_in(request),
            form.cleaned_data["text"],
            form.given(),
            key=_key(request),
            is_internal=notes,
        )
    except Refused as problem:
        form.add_error(None, str(problem))
        return False
    messages.success(request, _("It is noted.") if notes else _("It is sent."))
    return True


def _context(request: HttpRequest, one: Ticket, form: MessageForm) -> dict[str, Any]:
    user = signed_in(request)
    mine = one.owner_id == user.pk
    rows = visible_messages(user, one).select_related("author").prefetch_related("files")
    found = page(rows, request.GET.get("after", ""))
    return {
        "one": one,
        "look": LOOKS.get(TicketState(one.state), ""),
        "mine": mine,
        "said": found.rows[::-1],
        "after": found.after,
        "form": form,
        "key": _key(request),
        "subscriptions": [] if mine else _subscriptions(one.owner),
    }


def _subscriptions(owner: User) -> list[Subscription]:
    return list(owner.subscriptions.select_related("plan").order_by("-pk")[:SHOWN])


@require_POST
@login_required
def change_ticket(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Close a ticket, or reopen it."""
    user = signed_in(request)
    get_object_or_404(visible_tickets(user), pk=pk)
    try:
        if request.POST.get("act") == "reopen":
            reopen(pk, user)
            messages.success(request, _("It is open again."))
        else:
            close(pk, user)
            messages.success(request, _("It is closed."))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("ticket", pk)


@require_GET
@login_required
def ticket_file(request: HttpRequest, pk: UUID, file: UUID) -> HttpResponse:
    """A file of a ticket, for whoever may read the message that it came with."""
    user = signed_in(request)
    one = get_object_or_404(visible_tickets(user), pk=pk)
    found = get_object_or_404(TicketFile, pk=file, message__in=visible_messages(user, one))
    try:
        body = read_file(found, width=asked_width(request))
    except FileNotFoundError:
        raise Http404 from None
    name = f"{found.name.rpartition('.')[0] or found.name}.{found.kind}"
    return attached(body, TYPES[found.kind], name)
