"""The signed-in pages: signals, deliveries, review."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from signalcast.accounts.models import Role
from signalcast.delivery.cancel import cancel
from signalcast.delivery.models import Attempt
from signalcast.delivery.states import DeliveryState
from signalcast.intake.models import Receipt
from signalcast.intake.states import ReceiptState
from signalcast.plans.entitlement import readable_feeds
from signalcast.portal.access import (
    roles_required,
    signed_in,
    visible_deliveries,
    visible_signals,
)
from signalcast.portal.pages import page
from signalcast.signals.models import Revision
from signalcast.signals.review import approve, reject
from signalcast.signals.states import SignalState

REVIEWERS = (Role.OWNER, Role.OPERATOR, Role.ANALYST)
#: Deliveries of one signal that its page shows; the list of deliveries has all.
SHOWN_DELIVERIES = 200


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """To where the work is."""
    return redirect("signals")


@require_GET
@login_required
def signals(request: HttpRequest) -> HttpResponse:
    """The live list of signals; the page asks for its rows again every two seconds."""
    user = signed_in(request)
    filters = {name: request.GET.get(name, "").strip() for name in ("feed", "symbol", "state")}
    found = visible_signals(user).select_related("feed")
    if filters["feed"]:
        found = found.filter(feed__slug=filters["feed"])
    if filters["symbol"]:
        found = found.filter(symbol__istartswith=filters["symbol"])
    if filters["state"] in SignalState.values:
        found = found.filter(state=filters["state"])
    after = request.GET.get("after", "")
    shown = page(found, after)
    newest = {
        revision.signal_id: revision
        for revision in Revision.objects.filter(signal__in=shown.rows)
        .order_by("number")
        .prefetch_related("targets")
    }
    context = {
        "rows": [(signal, newest.get(signal.pk)) for signal in shown.rows],
        "next": shown.after,
        "filters": filters,
        "filtered": any(filters.values()),
        "live": not after,
        "states": SignalState.choices,
        "feeds": readable_feeds(user).order_by("name"),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "portal/_signal_rows.html" if part else "portal/signals.html", context)


@require_GET
@login_required
def signal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One signal: what it said at each revision, and who got it."""
    user = signed_in(request)
    found = get_object_or_404(visible_signals(user).select_related("feed", "source"), pk=pk)
    revisions = list(
        found.revisions.select_related("receipt").prefetch_related("targets").order_by("-number")
    )
    mine = visible_deliveries(user).filter(signal=found)
    deliveries = list(
        mine.select_related("destination__owner", "post").order_by("-number", "pk")[
            :SHOWN_DELIVERIES
        ]
    )
    counts = dict(mine.values_list("state").annotate(count=Count("pk")).order_by())
    return render(
        request,
        "portal/signal.html",
        {
            "signal": found,
            "revisions": revisions,
            "deliveries": deliveries,
            "counts": [
                (label, counts[state]) for state, label in DeliveryState.choices if state in counts
            ],
            "total": sum(counts.values()),
        },
    )


@require_GET
@login_required
def deliveries(request: HttpRequest) -> HttpResponse:
    """Deliveries with their attempts, by state, channel and receiver."""
    user = signed_in(request)
    names = ("state", "channel", "to", "signal")
    filters = {name: request.GET.get(name, "").strip() for name in names}
    found = visible_deliveries(user)
    if filters["state"] in DeliveryState.values:
        found = found.filter(state=filters["state"])
    if filters["channel"]:
        found = found.filter(destination__kind=filters["channel"])
    if filters["to"]:
        found = found.filter(
            Q(destination__owner__email__icontains=filters["to"])
            | Q(destination__address__icontains=filters["to"])
        )
    if filters["signal"]:
        found = found.filter(post__data__signal__symbol__istartswith=filters["signal"])
    shown = page(
        found.select_related("destination__owner", "post", "signal").prefetch_related(
            Prefetch("tried", Attempt.objects.order_by("started_at"))
        ),
        request.GET.get("after", ""),
    )
    query = request.GET.copy()
    query["after"] = shown.after
    return render(
        request,
        "portal/deliveries.html",
        {
            "deliveries": shown.rows,
            "next": query.urlencode() if shown.after else "",
            "filters": filters,
            "filtered": any(filters.values()),
            "states": DeliveryState.choices,
        },
    )


@require_POST
@roles_required(Role.OWNER, Role.OPERATOR)
def cancel_delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop one delivery that waits."""
    by = _("Cancelled by %(who)s.") % {"who": signed_in(request)}
    if cancel([pk], reason=by):
        messages.success(request, _("The delivery is cancelled."))
    else:
        messages.error(request, _("It is being sent or is finished: nothing was changed."))
    return redirect("deliveries")


@require_GET
@roles_required(*REVIEWERS, Role.SUPPORT)
def review(request: HttpRequest) -> HttpResponse:
    """Receipts that wait for a person, with what was sent and why they wait."""
    waiting = Receipt.objects.filter(state=ReceiptState.REVIEW).select_related("source__feed")
    shown = page(waiting, request.GET.get("after", ""))
    rows = [(receipt, text_of(receipt)) for receipt in shown.rows]
    may_decide = signed_in(request).has_role(*REVIEWERS)
    context = {"rows": rows, "next": shown.after, "may_decide": may_decide}
    return render(request, "portal/review.html", context)


@require_POST
@roles_required(*REVIEWERS)
def decide(request: HttpRequest) -> HttpResponse:
    """Approve or reject the receipts that were ticked."""
    act = {"approve": approve, "reject": reject}.get(request.POST.get("act", ""))
    ids = [UUID(text) for text in request.POST.getlist("receipt") if _is_uuid(text)]
    if act is None or not ids:
        messages.error(request, _("Tick at least one receipt."))
        return redirect("review")
    count = sum(act(pk, by=signed_in(request)) for pk in ids)
    told = (
        ngettext("%(count)d receipt goes on to be published.",
                 "%(count)d receipts go on to be published.", count)
        if act is approve
        else ngettext("%(count)d receipt is rejected.", "%(count)d receipts are rejected.", count)
    )  # fmt: skip
    messages.success(request, told % {"count": count})
    return redirect("review")


def text_of(receipt: Receipt) -> str:
    """What was sent, for reading; bytes that are no text are shown as such."""
    return bytes(receipt.body)[:20_000].decode(errors="backslashreplace")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
