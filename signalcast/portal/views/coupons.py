"""The owner's coupons."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signalcast.core import events
from signalcast.core.money import told
from signalcast.plans.models import Coupon
from signalcast.portal.access import OBSERVERS, roles_required, signed_in
from signalcast.portal.forms.coupon import CouponForm
from signalcast.portal.noted import noted


@require_GET
@roles_required(*OBSERVERS)
def coupons(request: HttpRequest) -> HttpResponse:
    """All coupons with how often they were used."""
    rows = Coupon.objects.prefetch_related("plans").order_by("is_archived", "-pk")
    context = {
        "rows": [(one, _off(one)) for one in rows],
        "edits": signed_in(request).has_role("owner"),
    }
    return render(request, "plans/coupons.html", context)


@require_http_methods(["GET", "POST"])
@roles_required("owner")
def create_coupon(request: HttpRequest) -> HttpResponse:
    """A new coupon."""
    form = CouponForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            coupon = form.save()
            noted(request, "coupons.created", target=coupon.code)
        events.emit("coupon.created", coupon=coupon.code)
        messages.success(request, _("The coupon is there."))
        return redirect("coupons")
    return _form(request, form, _("New coupon"))


@require_http_methods(["GET", "POST"])
@roles_required("owner")
def edit_coupon(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a coupon, for those who use it from now on."""
    coupon = get_object_or_404(Coupon, pk=pk)
    form = CouponForm(request.POST or None, instance=coupon)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            # Without the count, which others may be at.
            form.save(commit=False).save(update_fields=_own_fields())
            form.save_m2m()
            changed = ", ".join(form.changed_data)
            noted(request, "coupons.changed", target=coupon.code, fields=changed)
        events.emit("coupon.changed", coupon=coupon.code)
        messages.success(request, _("The coupon is changed."))
        return redirect("coupons")
    return _form(request, form, _("Change a coupon"))


@require_POST
@roles_required("owner")
def archive_coupon(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it from now on for nobody, or again."""
    coupon = get_object_or_404(Coupon, pk=pk)
    coupon.is_archived = request.POST.get("act") != "restore"
    action = "coupons.archived" if coupon.is_archived else "coupons.restored"
    with transaction.atomic():
        coupon.save(update_fields=["is_archived"])
        noted(request, action, target=coupon.code)
    events.emit(action.replace("coupons", "coupon"), coupon=coupon.code)
    words = {"code": coupon.code}
    if coupon.is_archived:
        messages.success(request, _("%(code)s is not taken any more.") % words)
    else:
        messages.success(request, _("%(code)s is taken again.") % words)
    return redirect("coupons")


def _own_fields() -> list[str]:
    names = ("code", "percent", "amount", "currency", "valid_from", "valid_until")
    return [*names, "max_redemptions", "once_per_user"]


def _off(coupon: Coupon) -> str:
    if coupon.percent is not None:
        return f"{coupon.percent} %"
    return told(coupon.amount or 0, coupon.currency)


def _form(request: HttpRequest, form: CouponForm, title: str) -> HttpResponse:
    context = {"form": form, "title": title, "back": "coupons", "act": _("Save")}
    return render(request, "portal/form.html", context, status=422 if form.errors else 200)
