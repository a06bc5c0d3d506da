"""The review queue: what came in and was not clear enough to publish by itself."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from signalcast.accounts.models import Role
from signalcast.channels.telegram.account import account_for
from signalcast.channels.telegram.bot import bot_of
from signalcast.channels.telegram.fetch_picture import NoPicture, fetch_picture
from signalcast.intake.models import Receipt
from signalcast.intake.states import ReceiptState
from signalcast.portal.access import REVIEWERS, roles_required, signed_in
from signalcast.portal.keys import read_uuids
from signalcast.portal.pages import page
from signalcast.portal.understood import picture_in, text_of, understood
from signalcast.signals.review import approve, reject

#: Receipts on a page: each is read by its parser once more to show what was understood.
SHOWN = 20


@require_GET
@roles_required(*REVIEWERS, Role.SUPPORT)
def review(request: HttpRequest) -> HttpResponse:
    """Receipts that wait for a person: what was sent, what was understood, why they wait."""
    waiting = Receipt.objects.filter(state=ReceiptState.REVIEW).select_related("source__feed")
    shown = page(waiting, request.GET.get("after", ""), size=SHOWN)
    context = {
        "rows": [
            (receipt, text_of(receipt), understood(receipt), picture_in(receipt))
            for receipt in shown.rows
        ],
        "next": shown.after,
        "may_decide": signed_in(request).has_role(*REVIEWERS),
    }
    return render(request, "portal/review.html", context)


@require_GET
@roles_required(*REVIEWERS, Role.SUPPORT)
def picture(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The picture that a message shows, fetched from Telegram each time and kept nowhere."""
    receipt = get_object_or_404(Receipt.objects.select_related("source"), pk=pk)
    file_id = picture_in(receipt)
    account = account_for(receipt.source.slug)
    try:
        if not file_id or account is None:
            raise NoPicture(_("No bot's account reads for this source, so nobody can fetch it."))
        found = fetch_picture(bot_of(account.settings), file_id)
    except NoPicture as problem:
        return HttpResponse(str(problem), status=404, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(found.body, content_type=found.content_type)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_POST
@roles_required(*REVIEWERS)
def decide(request: HttpRequest) -> HttpResponse:
    """Approve or reject the receipts that were ticked."""
    by = signed_in(request)
    ids = read_uuids(request.POST.getlist("receipt"))
    act = request.POST.get("act", "")
    if act not in ("approve", "reject") or not ids:
        messages.error(request, _("Tick at least one receipt."))
        return redirect("review")
    if act == "approve":
        count = sum(approve(pk, by=by) for pk in ids)
        told = ngettext("%(count)d receipt goes on to be published.",
                        "%(count)d receipts go on to be published.", count)  # fmt: skip
    else:
        why = request.POST.get("reason", "").strip()
        said = _("%(who)s rejected it: %(why)s") % {"who": by.email, "why": why} if why else ""
        count = sum(map(partial(reject, by=by, reason=said), ids))
        told = ngettext("%(count)d receipt is rejected.", "%(count)d receipts are rejected.", count)
    messages.success(request, told % {"count": count})
    if gone := len(ids) - count:
        told = ngettext("%(count)d was decided on by somebody else meanwhile.",
                        "%(count)d were decided on by somebody else meanwhile.", gone)  # fmt: skip
        messages.error(request, told % {"count": gone})
    return redirect("review")
