"""Jobs by state, found by one line of qualifiers, and what is done to many of them."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from signalcast.core.words import Words
from signalcast.ops.jobs.act_on_all import act_on_all
from signalcast.ops.jobs.acts import ACTS, BATCH, Act
from signalcast.ops.jobs.count_states import MOST, count_states
from signalcast.ops.jobs.find import LOOKING_ON, PATIENCE, Found, find
from signalcast.ops.jobs.matching import Counted, count_matching
from signalcast.ops.jobs.narrow import narrow
from signalcast.ops.jobs.query import STATES, Query, WrongQuery, read_query
from signalcast.ops.jobs.rows import LABELS, rows
from signalcast.ops.jobs.views.common import act_in_words, by, done_in_words, ids_of, may_act
from signalcast.ops.jobs.watched import MOST as MOST_WATCHED
from signalcast.ops.jobs.watched import forget_counts, watched
from signalcast.ops.queues.models import LONGEST_NAME
from signalcast.portal.access import OBSERVERS, OPERATORS, roles_required

#: Jobs that are named before all that match are acted on.
EXAMPLES = 8


@require_GET
@roles_required(*OBSERVERS)
def jobs(request: HttpRequest) -> HttpResponse:
    """The list, newest first."""
    text, after = request.GET.get("q", ""), request.GET.get("after", "")
    looks_on = bool(after) and request.GET.get("look") == "on"
    query, wrong = Query(), ""
    try:
        query = read_query(text)
    except WrongQuery as problem:
        wrong, after = str(problem), ""
    if request.headers.get("HX-Request") == "true":
        return render(request, "jobs/_states.html", _above(request, query))
    try:
        found = find(query, after, seconds=LOOKING_ON if looks_on else PATIENCE)
    except WrongQuery as problem:  # a page that there is not
        wrong = str(problem)
        found = find(query)
    context = {
        "rows": rows(found.ids),
        "q": query.text if not wrong else text[:500],
        "wrong": wrong,
        "next": _next(query, found),
        "cut": found.cut,
        "acts": _acts(query) if may_act(request) else [],
        "command": f"signalcast jobs list {shlex.quote(query.text)}".removesuffix(" ''"),
        **_above(request, query),
    }
    return render(request, "jobs/jobs.html", context, status=422 if wrong else 200)


def _next(query: Query, found: Found) -> str:
    """Where the next page is; empty at the end."""
    if not found.after:
        return ""
    return urlencode(
        {"q": query.text, "after": found.after} | ({"look": "on"} if found.cut else {})
    )


def _above(request: HttpRequest, query: Query) -> dict[str, Any]:
    """What stands above the list and renews itself: the searches that are watched, the tabs."""
    searches = watched()
    return {
        "watched": searches,
        "may_act": may_act(request),
        "most_watched": MOST_WATCHED,
        "longest_name": LONGEST_NAME,
        "watches": bool(query.text) and all(one.query != query.text for one in searches),
        "query": query.text,
        **_states(query),
    }


def _states(query: Query) -> dict[str, Any]:
    """The tabs. Each keeps the conditions of the search that are on anything but states."""
    counts = count_states()
    words = query.text.split()
    others = " ".join(word for word in words if not word.startswith(("state:", "-state:")))
    tabs: list[tuple[str, Words, str, str]] = [("", _("all"), "", others)]
    for state in STATES:
        count = f"{MOST:,}+" if counts[state] > MOST else str(counts[state])
        tabs.append((state, LABELS[state], count, f"state:{state} {others}".strip()))
    return {"tabs": tabs, "state": query.state}


def _acts(query: Query) -> list[Act]:
    return [act for act in ACTS.values() if act.fits(query)]


@require_POST
@roles_required(*OPERATORS)
def act_on_selected(request: HttpRequest) -> HttpResponse:
    """Ask about the jobs that were ticked, and act once sure; or ask about all that match."""
    text = request.POST.get("q", "")[:500]
    back = f"{reverse('jobs')}?{urlencode({'q': text})}"
    name, _colon, all_of_them = request.POST.get("act", "").partition(":")
    act = ACTS.get(name)
    if act is None:
        messages.error(request, _("There is no such act."))
        return redirect(back)
    if all_of_them:
        return redirect(f"{reverse('confirm_jobs', args=[act.name])}?{urlencode({'q': text})}")
    ids = ids_of(request.POST.getlist("job"))
    if not ids:
        messages.error(request, _("Nothing was ticked."))
    elif len(ids) > BATCH:
        messages.error(
            request, _("Tick %(most)d at most, or act on all that match.") % {"most": BATCH}
        )
    elif request.POST.get("sure") != "yes":
        return _ask(request, act, ids, text)
    else:
        count, words = act_in_words(act, ids, by=by(request))
        forget_counts()
        (messages.success if count else messages.error)(request, words)
    return redirect(back)


def _ask(request: HttpRequest, act: Act, ids: list[int], text: str) -> HttpResponse:
    """Say how many of the jobs that were ticked the act is for, and which."""
    fitting = narrow(Query(), act.state).candidates.filter(pk__in=ids)
    chosen = list(fitting.order_by("-pk").values_list("pk", flat=True))
    context = {
        "act": act,
        "q": text,
        "ids": ids,
        "counted": Counted(len(chosen), True, 0),
        "left": len(ids) - len(chosen),
        "examples": rows(chosen[:EXAMPLES]),
    }
    return render(request, "jobs/confirm.html", context)


@require_GET
@roles_required(*OPERATORS)
def confirm_jobs(request: HttpRequest, name: str) -> HttpResponse:
    """Say how many jobs an act would change, and which, before it does."""
    text = request.GET.get("q", "")[:500]
    act = ACTS.get(name)
    if act is None:
        return redirect("jobs")
    try:
        query = read_query(text)
    except WrongQuery:
        return redirect(f"{reverse('jobs')}?{urlencode({'q': text})}")
    counted = count_matching(query, act)
    # A few, as far as they are found in a moment.
    meant = replace(query, state=act.state_in(query))
    examples = find(meant).ids[:EXAMPLES] if act.fits(query) else []
    context = {
        "act": act,
        "q": query.text,
        "counted": counted,
        "examples": rows(examples),
        "many": counted.count > BATCH or not counted.exact,
    }
    return render(request, "jobs/confirm.html", context)


@require_POST
@roles_required(*OPERATORS)
def act_on_matching(request: HttpRequest, name: str) -> HttpResponse:
    """Act on all that match, up to the job that was the newest when they were counted."""
    text = request.POST.get("q", "")[:500]
    act, upto = ACTS.get(name), ids_of([request.POST.get("upto", "")])
    back = f"{reverse('jobs')}?{urlencode({'q': text})}"
    try:
        query = read_query(text)
    except WrongQuery:
        return redirect(back)
    if act is None or not upto:
        messages.error(request, _("Nothing was changed: look at how many match first."))
        return redirect(back)
    count, job = act_on_all(act, query, upto=upto[0], by=by(request))
    forget_counts()
    if job:
        messages.success(request, _("A job does it. Here is how far it is."))
        return redirect("job", job.pk)
    if count:
        messages.success(request, done_in_words(act, count))
    else:
        messages.error(request, _("Nothing was changed: nothing matches any more."))
    return redirect(back)
