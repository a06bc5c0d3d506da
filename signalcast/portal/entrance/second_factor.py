"""Second factors: how their secrets are kept, and staff that has to have one."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from signalcast.accounts.models import User
from signalcast.accounts.second_factor import lacks_second_factor
from signalcast.core.env import environment
from signalcast.core.secrets import seal, unseal

Answer = Callable[[HttpRequest], HttpResponse]

#: Where somebody without a second factor may still go: to get one, and out. Programs are refused
#: by their token.
OPEN = ("/app/account/", "/sign-in/", "/sign-up/", "/sign-out/", "/static/", "/status/", "/api/")


class SecondFactor(DefaultMFAAdapter):
    """Ours."""

    error_messages: ClassVar[dict[str, str | Promise]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code does not fit. Try the next one."),
    }

    def encrypt(self, text: str) -> str:
        """Secrets of apps and recovery codes, as the database has them."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """And back. Raises Undecryptable."""
        return unseal(encrypted_text)


def staff_has_two(answer: Answer) -> Answer:
    """Middleware: where the owner wants it, staff without a second factor gets one first."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if environment().staff_second_factor and not request.path.startswith(OPEN):
            user = request.user
            if isinstance(user, User) and lacks_second_factor(user):
                text = _("Staff needs a second factor here. Set one up, then go on.")
                messages.warning(request, text)
                return redirect("mfa_index")
        return answer(request)

    return middleware
