"""Views around allauth's, where ours do more or refuse with a sentence."""

from __future__ import annotations

from typing import Any

from allauth.account import views as theirs
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from signalcast.accounts.models import AccountExport
from signalcast.accounts.prune import KEPT_DAYS
from signalcast.core.providers import providers
from signalcast.portal.access import signed_in
from signalcast.portal.entrance.close_account import LastOwner
from signalcast.portal.entrance.close_account import close_account as close
from signalcast.portal.entrance.export import ask_for_export
from signalcast.portal.entrance.mail import mail_server


class SignIn(theirs.LoginView):
    """E-mail and password, and the way to an account where people may make one."""

    http_method_names = ["get", "head", "post"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the page shows besides the form."""
        is_open = get_adapter(self.request).is_open_for_signup(self.request)
        more = {"sign_up_is_open": is_open, "providers": providers()}
        return super().get_context_data(**kwargs) | more


@require_http_methods(["GET", "POST"])
def reset(request: HttpRequest) -> HttpResponseBase:
    """A code by mail, where there is a mail server."""
    if mail_server() is None:
        return render(request, "account/no_mail.html")
    return theirs.password_reset(request)


@require_GET
@login_required
def overview(request: HttpRequest) -> HttpResponseBase:
    """What one's account is made of."""
    context = {"person": signed_in(request), "providers": providers()}
    return render(request, "account/overview.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def change_email(request: HttpRequest) -> HttpResponseBase:
    """Another address, proved by a code that is sent to it."""
    if mail_server() is None:
        return render(request, "account/no_mail.html")
    return theirs.email(request)


@require_http_methods(["GET", "POST"])
@login_required
def export(request: HttpRequest) -> HttpResponseBase:
    """What is kept of somebody: asked for here, put together by a job, fetched here."""
    user = signed_in(request)
    if request.method == "POST":
        ask_for_export(user)
        return redirect("account_export")
    found = AccountExport.objects.filter(user=user).defer("content").first()
    return render(request, "account/export.html", {"export": found, "days": KEPT_DAYS})


@require_GET
@login_required
def export_file(request: HttpRequest) -> HttpResponse:
    """The archive itself."""
    found = AccountExport.objects.filter(user=signed_in(request)).first()
    if found is None or found.content is None:
        raise Http404
    answer = HttpResponse(bytes(found.content), content_type="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_http_methods(["GET", "POST"])
@login_required
@reauthentication_required(app="allauth.account")
def close_account(request: HttpRequest) -> HttpResponseBase:
    """Delete one's account, after proving once more who it is."""
    if request.method == "POST" and request.POST.get("sure") == "yes":
        try:
            close(signed_in(request))
        except LastOwner:
            text = _("You are the only owner. Make somebody else an owner first.")
            return render(request, "account/close.html", {"problem": text}, status=422)
        logout(request)
        messages.success(request, _("Your account is deleted"))
        return redirect("account_login")
    problem = _("Tick the box if you mean it.") if request.method == "POST" else ""
    context = {"problem": problem}
    return render(request, "account/close.html", context, status=422 if problem else 200)
