"""The rows that were set aside."""

from __future__ import annotations

from contextlib import suppress

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from signalcast.accounts.audit import audit
from signalcast.core.wake import ring
from signalcast.delivery.models import Delivery
from signalcast.intake.models import Receipt
from signalcast.pipeline import PUBLISH, RUN_JOBS, SEND
from signalcast.portal.access import OBSERVERS, OPERATORS, roles_required, signed_in
from signalcast.work.models import Job, Work
from signalcast.work.redrive import redrive

KINDS: dict[str, type[Work]] = {"receipt": Receipt, "delivery": Delivery, "job": Job}
BELLS = {"receipt": PUBLISH, "delivery": SEND, "job": RUN_JOBS}
#: What the page tells of a row beside its own columns.
RELATED = {"receipt": ["source"], "delivery": ["post", "destination"]}
#: Parked rows of one kind that the page shows, oldest first.
SHOWN = 200


@require_GET
@roles_required(*OBSERVERS)
def parked(request: HttpRequest) -> HttpResponse:
    """Rows that took their process down, or failed for a reason of ours, with that reason."""
    kinds = []
    for name, model in KINDS.items():
        rows = model._default_manager.filter(parked_at__isnull=False)
        if related := RELATED.get(name):
            rows = rows.select_related(*related)
        count = rows.count()
        shown = rows.order_by("parked_at")[:SHOWN]
        kinds.append((name, model._meta.verbose_name_plural, shown, count))
    total = sum(count for *_rest, count in kinds)
    may_act = signed_in(request).has_role(*OPERATORS)
    context = {"kinds": kinds, "total": total, "may_act": may_act}
    return render(request, "queues/parked.html", context)


@require_POST
@roles_required(*OPERATORS)
def redrive_parked(request: HttpRequest) -> HttpResponse:
    """Give rows another chance: those that were ticked, or all of one kind once confirmed."""
    kind = request.POST.get("kind", "")
    model = KINDS.get(kind)
    if model is None:
        messages.error(request, _("There are no such rows."))
        return redirect("parked")
    if request.POST.get("all") == "yes":
        ids = list(
            model._default_manager.filter(parked_at__isnull=False).values_list("pk", flat=True)
        )
    else:
        ids = _keys(model, request.POST.getlist("row"))
    with transaction.atomic():
        count = redrive(model, ids)
        audit("rows.redriven", by=signed_in(request).email, target=f"parked {kind}", count=count)
    if count:
        ring(BELLS[kind])
        told = ngettext("%(count)d row is due again.", "%(count)d rows are due again.", count)
        messages.success(request, told % {"count": count})
    else:
        messages.error(request, _("Nothing was ticked that is still parked."))
    return redirect("parked")


@require_GET
@roles_required(*OPERATORS)
def confirm_redrive(request: HttpRequest, kind: str) -> HttpResponse:
    """Say how many rows redriving all of a kind would move, before it does."""
    model = KINDS.get(kind)
    if model is None:
        return redirect("parked")
    count = model._default_manager.filter(parked_at__isnull=False).count()
    context = {"kind": kind, "name": model._meta.verbose_name_plural, "count": count}
    return render(request, "queues/confirm_redrive.html", context)


def _keys(model: type[Work], texts: list[str]) -> list[object]:
    """The primary keys that the texts spell; what spells none is left out."""
    found: list[object] = []
    for text in texts:
        with suppress(ValidationError):
            found.append(model._meta.pk.to_python(text))
    return found
