"""Views around allauth's, where ours do more or refuse with a sentence."""

from __future__ import annotations

from typing import Any

from allauth.account import views as theirs
from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from signalcast.portal.access import signed_in
from signalcast.portal.entrance.mail import mail_server


class SignIn(theirs.LoginView):
    """E-mail and password, and the way to an account where people may make one."""

    http_method_names = ["get", "head", "post"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the page shows besides the form."""
        is_open = get_adapter(self.request).is_open_for_signup(self.request)
        return super().get_context_data(**kwargs) | {"sign_up_is_open": is_open}


@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest) -> HttpResponseBase:
    """All of it or nothing: without its address an account would count as the owner's work."""
    with transaction.atomic():
        return theirs.signup(request)


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
    return render(request, "account/overview.html", {"person": signed_in(request)})


@require_http_methods(["GET", "POST"])
@login_required
def change_email(request: HttpRequest) -> HttpResponseBase:
    """Another address, proved by a code that is sent to it."""
    if mail_server() is None:
        return render(request, "account/no_mail.html")
    return theirs.email(request)
