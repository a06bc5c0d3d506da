"""What somebody paid and has to pay, each with what shows it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signalcast.core.attachments import TYPES
from signalcast.core.env import environment
from signalcast.payments.draw_invoice import draw_invoice
from signalcast.payments.gateways.base import GatewayError
from signalcast.payments.gateways.registry import gateway, names
from signalcast.payments.models import Charge, Customer, Proof
from signalcast.payments.proofs import MOST, add_proof, read_proof
from signalcast.payments.refund import gone
from signalcast.plans.models import Plan
from signalcast.plans.states import Refused
from signalcast.portal.access import CASHIERS, signed_in, visible_charges
from signalcast.portal.attached import asked_width, attached
from signalcast.portal.forms.payment import ProofForm, RefundForm
from signalcast.portal.leave import leave
from signalcast.portal.pages import page
from signalcast.portal.public_address import public_address

#: Charges that may still be paid.
WAITING = (Charge.State.OPEN, Charge.State.REVIEW)


@require_GET
@login_required
def payments(request: HttpRequest) -> HttpResponse:
    """One's own payments, newest first, and the plans that one can pay for."""
    user = signed_in(request)
    rows = Charge.objects.filter(user=user).prefetch_related("refunds")
    shown = page(rows, request.GET.get("after", ""))
    context = {
        "rows": shown.rows,
        "next": shown.after,
        "subscriptions": user.subscriptions.select_related("plan").order_by("-pk")[:20],
        "plans": Plan.objects.filter(visibility=Plan.Visibility.PUBLIC).order_by("order", "pk"),
        "cards": Customer.objects.filter(user=user, gateway__in=names()).exists(),
    }
    return render(request, "portal/payments.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def payment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One payment: how far it is, what to do, and the files that show it. POST adds one."""
    user = signed_in(request)
    charge = get_object_or_404(visible_charges(user).select_related("user", "plan"), pk=pk)
    mine = charge.user_id == user.pk
    form = ProofForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if not mine:
            raise Http404
        if form.is_valid() and _proven(charge, form):
            messages.success(request, _("Thank you. We will look at it soon."))
            return redirect("payment", charge.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "portal/payment.html", _context(request, charge, form), status=status)


def _proven(charge: Charge, form: ProofForm) -> bool:
    file = form.cleaned_data["file"]
    try:
        add_proof(charge, file.name, file.read())
    except Refused as problem:
        form.add_error("file", str(problem))
        return False
    return True


def _context(request: HttpRequest, charge: Charge, form: ProofForm) -> dict[str, Any]:
    user = signed_in(request)
    left = charge.amount - gone(charge)
    proofs = list(charge.proofs.order_by("pk"))
    waiting = charge.state in WAITING
    by_hand = charge.gateway in names() and gateway(charge.gateway).by_hand
    cashier = user.has_role(*CASHIERS)
    return {
        "charge": charge,
        "mine": charge.user_id == user.pk,
        "by_hand": by_hand,
        "bank": environment().bank_details.replace("\\n", "\n"),
        "waiting": waiting,
        "came_back": "done" in request.GET,
        "proofs": proofs,
        "form": form if waiting and by_hand and len(proofs) < MOST else None,
        "invoices": charge.invoices.order_by("pk"),
        "refunds": charge.refunds.order_by("-created_at"),
        "disputes": charge.disputes.order_by("-pk"),
        "may_decide": cashier and waiting and by_hand,
        "refund_form": RefundForm(currency=charge.currency, left=left)
        if cashier and charge.state == Charge.State.PAID and left > 0
        else None,
    }


@require_GET
@login_required
def proof(request: HttpRequest, pk: UUID, proof: UUID) -> HttpResponse:
    """A file that shows a payment: for whoever uploaded it and for those who decide on it."""
    charge = get_object_or_404(visible_charges(signed_in(request)), pk=pk)
    found = get_object_or_404(Proof, pk=proof, charge=charge)
    try:
        body = read_proof(found, width=asked_width(request))
    except FileNotFoundError:
        raise Http404 from None
    name = f"{found.name.rpartition('.')[0] or 'proof'}.{found.kind}"
    return attached(body, TYPES[found.kind], name)


@require_GET
@login_required
def invoice(request: HttpRequest, pk: UUID, number: str) -> HttpResponse:
    """An invoice or credit note of a payment, as PDF."""
    charge = get_object_or_404(visible_charges(signed_in(request)), pk=pk)
    found = get_object_or_404(charge.invoices.select_related("charge"), number=number)
    return attached(draw_invoice(found), "application/pdf", f"{found.number}.pdf")


@require_POST
@login_required
def cards(request: HttpRequest) -> HttpResponse:
    """On to the provider's own page for cards and what it charges by itself."""
    customer = Customer.objects.filter(user=signed_in(request), gateway__in=names()).first()
    if customer is None:
        raise Http404
    back = public_address(request, reverse("payments"))
    try:
        return leave(request, gateway(customer.gateway).open_portal(customer.external_id, back))
    except GatewayError as problem:
        messages.error(request, str(problem))
        return redirect("payments")
