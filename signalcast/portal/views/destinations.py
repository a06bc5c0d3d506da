"""Destinations: where somebody is reached, and for managers what feeds are broadcast to."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signalcast.accounts.models import User
from signalcast.channels.connect import connect
from signalcast.channels.disconnect import disconnect
from signalcast.channels.ignore_missed import ignore_missed
from signalcast.channels.managed import managed_destinations
from signalcast.channels.models import Account, Broadcast, Destination
from signalcast.channels.pause import pause
from signalcast.channels.registry import kinds
from signalcast.channels.resume import resume
from signalcast.channels.telegram.bot import WrongAccount
from signalcast.channels.telegram.connect import connect_link
from signalcast.core.signing import new_secret
from signalcast.delivery.replay_missed import replay_missed
from signalcast.delivery.try_destination import try_destination
from signalcast.plans.add_destination import BY_LINK, check_room
from signalcast.plans.add_destination import add_destination as connect_own
from signalcast.plans.entitlement import current_subscriptions
from signalcast.plans.states import Refused
from signalcast.portal.access import MANAGERS, signed_in
from signalcast.portal.channel_hints import hint, in_order
from signalcast.portal.destination_state import destination_states
from signalcast.portal.forms.destination import DestinationForm
from signalcast.portal.noted import noted
from signalcast.portal.replayed_text import replayed_text

#: What is said once it is done.
TOLD = {
    "pause": gettext_lazy("Nothing is sent there until you resume it."),
    "resume": gettext_lazy("It gets messages again."),
    "delete": gettext_lazy("It is deleted."),
    "ignore": gettext_lazy("What it missed is left."),
}


@require_GET
@login_required
def destinations(request: HttpRequest) -> HttpResponse:
    """All of somebody's destinations by channel, with their states."""
    user = signed_in(request)
    rows = destination_states(managed_destinations(user).order_by("kind", "pk"))
    context = {
        "own": [row for row in rows if row.destination.owner_id],
        "broadcasts": [row for row in rows if not row.destination.owner_id],
        "channels": in_order(kinds()),
        "covered": _covered(user),
        "manages": user.has_role(*MANAGERS),
    }
    if context["manages"]:
        context["accounts"] = Account.objects.order_by("kind", "name")
    return render(request, "portal/destinations.html", context)


@require_GET
@login_required
def destination(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One destination as the list shows it: it asks for itself while a test is under way."""
    rows = destination_states(managed_destinations(signed_in(request)).filter(uid=uid))
    if not rows:
        raise Http404
    return render(request, "portal/_destination.html", {"row": rows[0]})


@require_http_methods(["GET", "POST"])
@login_required
def add_destination(request: HttpRequest, kind: str) -> HttpResponse:
    """A new one on a channel."""
    if kind not in kinds():
        raise Http404
    user = signed_in(request)
    try:
        check_room(user, kind)
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("destinations")
    types_chat = kind != BY_LINK or user.has_role(*MANAGERS)
    form = DestinationForm(request.POST or None, kind=kind, user=user)
    if request.method == "POST" and types_chat and not form.lacks_account and form.is_valid():
        try:
            return _added(request, form)
        except Refused as problem:
            form.add_error(None, str(problem))
    context: dict[str, Any] = {
        "form": form if types_chat else None,
        "kind": kind,
        "hint": hint(kind),
        "lacks_account": form.lacks_account,
        "links": _links(user) if kind == BY_LINK else [],
        "manages": user.has_role(*MANAGERS),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "portal/add_destination.html", context, status=status)


def _added(request: HttpRequest, form: DestinationForm) -> HttpResponse:
    """Connect what a good form names. A webhook's secret is in the answer, this once."""
    user, kind, feed = form.user, form.kind, form.cleaned_data.get("feed")
    asked = {"text": form.cleaned_data["address"], "account": form.cleaned_data.get("account")}
    with transaction.atomic():
        if feed:
            secret = new_secret() if kind == "webhook" else ""
            made = connect(owner=None, kind=kind, secret=secret, **asked)
            Broadcast.objects.get_or_create(feed=feed, destination=made)
        else:
            made, secret = connect_own(user, kind, **asked)
        noted(request, "destinations.added", target=str(made), feed=feed and feed.slug)
    if secret:
        context = {"destination": made, "secret": secret}
        answer = render(request, "portal/destination_added.html", context)
        answer.headers["Cache-Control"] = "no-store"
        return answer
    messages.success(request, _("It is added. Send it a test."))
    return redirect("destinations")


@require_POST
@login_required
def change_destination(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Pause it, resume it, delete it, or send it a test."""
    user = signed_in(request)
    found = get_object_or_404(managed_destinations(user), uid=uid)
    act = request.POST.get("act", "")
    if act == "test":
        return _test(request, user, found)
    if act == "replay":
        return _replay(request, found)
    carry_out = {
        "pause": pause, "resume": resume, "delete": disconnect, "ignore": ignore_missed
    }.get(act)  # fmt: skip
    if carry_out is not None:
        with transaction.atomic():
            noted(request, f"destinations.{act}d", target=str(found))
            carry_out(found)
        messages.success(request, TOLD[act])
    return redirect("destinations")


def _test(request: HttpRequest, user: User, found: Destination) -> HttpResponse:
    back = redirect("destinations")
    try:
        try_destination(found, by=user)
    except Refused as problem:
        messages.error(request, str(problem))
        return back
    back.headers["Location"] += f"#d-{found.uid}"
    return back


def _replay(request: HttpRequest, found: Destination) -> HttpResponse:
    with transaction.atomic():
        done = replay_missed(found)
        noted(request, "destinations.replayed", target=str(found), count=done.messages)
    messages.success(request, replayed_text(done))
    return redirect("destinations")


def _covered(user: User) -> set[str]:
    """The channels of a user's plans."""
    rows = current_subscriptions().filter(user=user)
    return {kind for kind in rows.values_list("plan__channels__kind", flat=True) if kind}


class Link(NamedTuple):
    """How a chat is connected by one bot; PROBLEM says why not."""

    account: Account
    url: str = ""
    #: What to write to the bot where the link does not open it, and its name.
    command: str = ""
    bot: str = ""
    problem: str = ""


def _links(user: User) -> list[Link]:
    """A link and a code for each bot."""
    found = []
    for account in Account.objects.filter(kind="telegram").order_by("pk"):
        try:
            url = connect_link(user, account)
        except WrongAccount as problem:
            found.append(Link(account, problem=str(problem)))
            continue
        name, _start, code = url.removeprefix("https://t.me/").partition("?start=")
        found.append(Link(account, url, f"/start {code}", f"@{name}"))
    return found
