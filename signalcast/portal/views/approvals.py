"""Bank transfers that wait for a person, and money that goes back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from signalcast.payments.approve import approve, refuse
from signalcast.payments.models import Charge
from signalcast.payments.refund import gone
from signalcast.payments.refund import refund as pay_back
from signalcast.plans.states import Refused
from signalcast.portal.access import BOOKKEEPERS, CASHIERS, roles_required, signed_in
from signalcast.portal.forms.payment import RefundForm
from signalcast.portal.pages import page

#: What staff looks at: what waits, what was paid for nothing, all of it.
LISTS: dict[str, dict[str, Any]] = {
    "waiting": {"state": Charge.State.REVIEW},
    "open": {"state": Charge.State.OPEN, "gateway": "manual"},
    "trouble": {"state": Charge.State.PAID, "granted_at": None},
    "all": {},
}


@require_GET
@roles_required(*BOOKKEEPERS)
def approvals(request: HttpRequest) -> HttpResponse:
    """Payments of everybody: those that wait first."""
    shown_list = request.GET.get("list", "waiting")
    chosen = LISTS.get(shown_list, LISTS["waiting"])
    rows = (
        Charge.objects.filter(**chosen).select_related("user").prefetch_related("proofs", "refunds")
    )
    shown = page(rows, request.GET.get("after", ""), size=20)
    context = {
        "rows": shown.rows,
        "next": shown.after,
        "shown": shown_list if shown_list in LISTS else "waiting",
        "lists": [
            ("waiting", _("To approve")),
            ("open", _("Not shown yet")),
            ("trouble", _("Paid for nothing")),
            ("all", _("All")),
        ],
        "may_decide": signed_in(request).has_role(*CASHIERS),
    }
    return render(request, "portal/approvals.html", context)


@require_POST
@roles_required(*CASHIERS)
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Approve or refuse a bank transfer."""
    by = signed_in(request).email
    try:
        if request.POST.get("act") == "approve":
            approve(pk, by=by)
            messages.success(request, _("It is paid, and in the books."))
        else:
            refuse(pk, by=by, reason=request.POST.get("reason", ""))
            messages.success(request, _("It is refused, with your reason."))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("approvals")


@require_POST
@roles_required(*CASHIERS)
def refund(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Pay back a part or all of a payment."""
    charge = get_object_or_404(Charge, pk=pk)
    left = charge.amount - gone(charge)
    form = RefundForm(request.POST, currency=charge.currency, left=left)
    try:
        if not form.is_valid():
            said = (str(one) for errors in form.errors.values() for one in errors)
            raise Refused(" ".join(said))
        said_why = form.cleaned_data["reason"]
        pay_back(pk, form.cleaned_data["amount"], by=signed_in(request).email, reason=said_why)
        messages.success(request, _("It goes back, and is in the books once it has."))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("payment", pk)
