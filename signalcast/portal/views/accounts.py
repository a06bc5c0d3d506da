"""Accounts at media: bots and mail servers that messages are sent through."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from signalcast.channels.models import Account
from signalcast.core import events
from signalcast.portal.access import MANAGERS, roles_required
from signalcast.portal.forms.account import FORMS
from signalcast.portal.noted import noted
from signalcast.portal.public_address import public_address
from signalcast.portal.unsubscribe import bounces_address


@require_http_methods(["GET", "POST"])
@roles_required(*MANAGERS)
def add_account(request: HttpRequest, kind: str) -> HttpResponse:
    """A new one."""
    return _account(request, kind, None)


@require_http_methods(["GET", "POST"])
@roles_required(*MANAGERS)
def edit_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one."""
    account = get_object_or_404(Account, pk=pk)
    return _account(request, account.kind, account)


def _account(request: HttpRequest, kind: str, account: Account | None) -> HttpResponse:
    if kind not in FORMS:
        raise Http404
    form = FORMS[kind](request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        made = account or Account(kind=kind)
        made.name, made.settings = form.cleaned_data["name"], form.settings
        made.last_error = ""
        with transaction.atomic():
            made.save()
            noted(request, "accounts.saved", target=f"{kind}: {made.name}")
        events.emit("account.saved", kind=kind, account=made.name)
        messages.success(request, _("Saved. Messages are sent through it from now on."))
        return redirect("destinations")
    titles = {"telegram": _("Telegram bot"), "email": _("Mail server")}
    context = {
        "form": form,
        "title": titles[kind],
        "account": account,
        "reports": public_address(request, bounces_address(account))
        if account and kind == "email"
        else "",
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "portal/account.html", context, status=status)
