"""Who sees what on a page: roles and what is visible, as programs have them too."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from signalcast.accounts.models import User
from signalcast.accounts.roles import (
    BOOKKEEPERS,
    CASHIERS,
    MANAGERS,
    OBSERVERS,
    OPERATORS,
    REVIEWERS,
    WRITERS,
)
from signalcast.delivery.visible import visible_deliveries
from signalcast.payments.visible import visible_charges
from signalcast.signals.visible import visible_signals
from signalcast.support.visible import visible_messages, visible_tickets

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]

__all__ = [
    "BOOKKEEPERS",
    "CASHIERS",
    "MANAGERS",
    "OBSERVERS",
    "OPERATORS",
    "REVIEWERS",
    "WRITERS",
    "roles_required",
    "signed_in",
    "visible_charges",
    "visible_deliveries",
    "visible_messages",
    "visible_signals",
    "visible_tickets",
]


def signed_in(request: HttpRequest) -> User:
    """The user of a request behind `login_required`."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def roles_required(*roles: str) -> Callable[[View[Arguments]], View[Arguments]]:
    """Let only users with one of the roles through; others get 403, strangers the sign-in page."""

    def decorate(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def checked(
            request: HttpRequest, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponse:
            if not signed_in(request).has_role(*roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return login_required(checked)  # type: ignore[return-value]

    return decorate
