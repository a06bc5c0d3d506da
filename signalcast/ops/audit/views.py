"""The page of the audit log."""

from __future__ import annotations

import shlex
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from signalcast.accounts.models import STAFF_ROLES, AuditEntry, User
from signalcast.core.printable import printable
from signalcast.ops.audit.find_entries import Found, WrongCursor, find_entries
from signalcast.ops.logs.wanted import WrongTime, moment
from signalcast.portal.access import OBSERVERS, roles_required

FILTERS = ("by", "action", "since", "until")
#: Newest entries whose actions are offered, and people who are, at most.
OFFERED, PEOPLE = 500, 100


@require_GET
@roles_required(*OBSERVERS)
def audit_log(request: HttpRequest) -> HttpResponse:
    """Who did what, newest first."""
    filters = {name: printable(request.GET.get(name, ""), 254).strip() for name in FILTERS}
    times, wrong = _times(filters)
    try:
        found = find_entries(
            by=filters["by"].lower(),
            action=filters["action"],
            since=times.get("since"),
            until=times.get("until"),
            after=request.GET.get("after", ""),
        )
    except WrongCursor:
        found = Found([], "")
    query = request.GET.copy()
    query["after"] = found.after
    context = {
        "entries": found.entries,
        "next": query.urlencode() if found.after else "",
        "filters": filters,
        "filtered": any(filters.values()),
        "wrong": wrong,
        "actions": _actions(),
        "people": ["shell", *_staff()],
        "command": _command(filters),
    }
    return render(request, "audit/audit.html", context)


def _times(filters: dict[str, str]) -> tuple[dict[str, datetime], bool]:
    """The times that can be read, and whether there is one that cannot."""
    times, wrong = {}, False
    for name in ("since", "until"):
        try:
            if filters[name]:
                times[name] = moment(filters[name])
        except WrongTime:
            wrong = True
    return times, wrong


def _actions() -> list[str]:
    """The actions of the newest entries."""
    newest = AuditEntry.objects.order_by("-at", "-pk").values_list("action", flat=True)[:OFFERED]
    return sorted(set(newest))


def _staff() -> list[str]:
    rows = User.objects.filter(grants__role__in=STAFF_ROLES).order_by("email").distinct()
    return list(rows.values_list("email", flat=True)[:PEOPLE])


def _command(filters: dict[str, str]) -> str:
    """The command that shows the same."""
    words = [f"--{name} {shlex.quote(value)}" for name, value in filters.items() if value]
    return " ".join(["signalcast audit", *words])
