"""The newest log lines of this machine, for those who run it."""

from __future__ import annotations

import shlex

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from signalcast.core.home import home
from signalcast.ops.logs.entry import LEVELS, Entry
from signalcast.ops.logs.newest import log_files, newest
from signalcast.ops.logs.wanted import IDS, Wanted, WrongTime, moment
from signalcast.portal.access import OBSERVERS, roles_required

#: Entries on the page, and seconds that looking for them may take.
SHOWN = 200
PATIENCE = 1.5
LABELS = {
    "request": _("Request"),
    "receipt": _("Receipt"),
    "signal": _("Signal"),
    "job": _("Job"),
    "delivery": _("Delivery"),
}
FILTERS = ("level", "event", "process", "since", *IDS)


@require_GET
@roles_required(*OBSERVERS)
def logs(request: HttpRequest) -> HttpResponse:
    """What all processes of this machine told last, newest first, by the command's filters."""
    filters = {name: request.GET.get(name, "").strip()[:100] for name in FILTERS}
    if filters["level"] not in LEVELS:
        filters["level"] = ""
    wrong = False
    try:
        since = moment(filters["since"]) if filters["since"] else None
    except WrongTime:
        since, wrong = None, True
    wanted = Wanted(
        filters["level"],
        filters["event"],
        filters["process"],
        since,
        {kind: filters[kind] for kind in IDS},
    )
    directory = home() / "log"
    found = newest(directory, wanted, most=SHOWN, seconds=PATIENCE)
    context = {
        "lines": [(entry, _rest(entry)) for entry in reversed(found)],
        "filters": filters,
        "filtered": any(filters.values()),
        "wrong": wrong,
        "levels": LEVELS,
        "processes": sorted(log_files(directory)),
        "ids": [(kind, label, filters[kind]) for kind, label in LABELS.items()],
        "command": _command(filters),
    }
    return render(request, "logs/logs.html", context)


def _rest(entry: Entry) -> str:
    return "  ".join(f"{name}={value}" for name, value in entry.fields.items())


def _command(filters: dict[str, str]) -> str:
    """The command that shows the same."""
    words = [f"--{name} {shlex.quote(value)}" for name, value in filters.items() if value]
    return " ".join(["signalcast logs", *words, "--follow"])
