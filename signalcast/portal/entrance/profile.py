"""One's name and language, on a page, and the browser that is told the language."""

from __future__ import annotations

from typing import TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from signalcast.accounts.models import User
from signalcast.accounts.profile import ProfileForm, change_profile
from signalcast.portal.access import signed_in

Answer = TypeVar("Answer", bound=HttpResponseBase)
#: Seconds that a browser remembers the language: a year.
REMEMBERED = 31_536_000


@require_http_methods(["GET", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Look at it and change it."""
    user = User.objects.get(pk=signed_in(request).pk)  # the form changes what it is given
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        change_profile(form)
        with translation.override(user.language or translation.get_language()):
            messages.success(request, _("It is stored."))
        return speaking(redirect("account"), user)
    context = {"form": form, "title": _("Name and language"), "act": _("Save")}
    status = 422 if form.errors else 200
    return render(request, "portal/form.html", context | {"back": "account"}, status=status)


def speaking(answer: Answer, user: User) -> Answer:
    """The answer, by which a browser remembers the language that USER chose, or forgets it.

    A cookie, so that every page knows it without a look at the database.
    """
    if user.language:
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=REMEMBERED,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    else:
        answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return answer
