"""Owner and support see the pages as a subscriber sees them. Every step is in the audit log.

Whose pages they are stands in the session of whoever looks. Nobody looks as staff does, so that
no role is won by it; the person's own account, with its password and keys, stays shut.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from signalcast.accounts.audit import audit
from signalcast.accounts.models import Role, User
from signalcast.core import clock

Answer = Callable[[HttpRequest], HttpResponse]

#: Who may look as somebody, and who of them may also act.
LOOKERS = (Role.OWNER, Role.SUPPORT)
ACTORS = (Role.OWNER,)
#: Seconds after which it ends by itself.
LONGEST = 3_600.0
KEY = "look_as"
#: What is a person's alone.
SHUT = ("/app/account/", "/sign-in/", "/sign-up/")
SAFE = ("GET", "HEAD", "OPTIONS")
#: Where nobody is known by a browser's session.
PROGRAMS = "/api/"


class Looking(NamedTuple):
    """Who looks, and whether that person may also act."""

    by: User
    acts: bool


def begin(request: HttpRequest, by: User, person: User, reason: str) -> None:
    """Have the pages of this browser be PERSON's. Raises PermissionDenied for staff and nobody."""
    if person.is_staff or not person.is_active:
        raise PermissionDenied
    audit("accounts.looked_as", by=by.email, target=person.email, reason=reason)
    request.session[KEY] = [person.pk, clock.now().timestamp() + LONGEST]


def looking(request: HttpRequest) -> Looking | None:
    """Who looks, if the pages are not those of who is signed in."""
    found: Looking | None = getattr(request, "looking", None)
    return found


def end(request: HttpRequest) -> None:
    """Have the pages be one's own again."""
    seen = looking(request)
    if seen is not None:
        audit("accounts.look_ended", by=seen.by.email, target=str(request.user))
    request.session.pop(KEY, None)


def look_as(answer: Answer) -> Answer:
    """Middleware: put the person in the place of who looks."""

    def middleware(request: HttpRequest) -> HttpResponse:
        told = request.session.get(KEY)
        if told is None:
            return answer(request)
        by, person = request.user, User.objects.filter(pk=told[0], is_active=True).first()
        late = clock.now().timestamp() > told[1]
        if isinstance(by, AnonymousUser) or person is None or late or not _may(by, person):
            del request.session[KEY]
            return answer(request)
        seen = Looking(by, by.has_role(*ACTORS))
        request.user = person
        request.looking = seen  # type: ignore[attr-defined]
        return answer(request)

    return middleware


def _may(by: User, person: User) -> bool:
    return by.has_role(*LOOKERS) and not person.is_staff


class LookOnly:
    """Middleware: refuse what who looks may not do, and note what they do."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def process_view(self, request: HttpRequest, *_view: object) -> None:
        """Where a refusal becomes the page that says so."""
        seen = looking(request)
        if (
            seen is None
            or request.path.startswith(PROGRAMS)
            or request.path in (reverse("end_look_as"), reverse("account_logout"))
        ):
            return
        acts = request.method not in SAFE
        if request.path.startswith(SHUT) or (acts and not seen.acts):
            raise PermissionDenied
        if acts:
            audit(
                "accounts.acted_as", by=seen.by.email, target=str(request.user), path=request.path
            )
