"""From a request to its answer: who asks, how often, and what became of it."""

from __future__ import annotations

from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, ResolverMatch, get_resolver
from django.utils.translation import gettext as _
from ninja.errors import HttpError, ValidationError

from signalcast.api import routes
from signalcast.api.caller import admit
from signalcast.api.invalid import invalid
from signalcast.api.limit import Allowance, take_one, too_many
from signalcast.api.once import once
from signalcast.api.refuse import not_found, refusal
from signalcast.core import events
from signalcast.core.error_text import error_text
from signalcast.intake.problems import Problem, wait_before_retry
from signalcast.plans.states import Refused

#: Bytes of a body; those of the API have a few hundred.
LARGEST = 65_536
READS = ("GET", "HEAD", "OPTIONS")
#: Seconds after which somebody may ask again while the database is away.
COME_BACK = 5


def answer(request: HttpRequest, rest: str) -> HttpResponseBase:
    """Answer a request at the path REST below `/api/`. Whatever happens, this does not raise."""
    try:
        said = _answer(request, rest)
    except Exception as error:
        said = refusal(problem_of(error, request))
    allowance: Allowance | None = getattr(request, "allowance", None)
    if allowance is not None:
        allowance.tell(said)
        said.headers["Cache-Control"] = "no-store"
    return said


def _answer(request: HttpRequest, rest: str) -> HttpResponse:
    match = _match(rest)
    # Counted and traced as what it is, and not as any request to the API.
    request.resolver_match = match
    if match.func in routes.OPEN:
        return _called(request, match)
    caller = admit(request)
    allowance, may_go_on = take_one(caller.token.pk)
    request.allowance = allowance  # type: ignore[attr-defined]
    if not may_go_on:
        raise too_many(allowance)
    if request.method in READS:
        return _called(request, match)
    _check_body(request)
    return once(request, caller.user, lambda: _called(request, match))


def _match(rest: str) -> ResolverMatch:
    version, _slash, path = rest.partition("/")
    if version != "v1":
        raise not_found()
    try:
        return get_resolver("signalcast.api.routes").resolve(f"/{path}")
    except Resolver404:
        raise not_found() from None


def _called(request: HttpRequest, match: ResolverMatch) -> HttpResponse:
    said: HttpResponse = match.func(request, *match.args, **match.kwargs)
    if said.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(sorted(said.headers["Allow"].split(", ")))
        raise Problem(
            HTTPStatus.METHOD_NOT_ALLOWED,
            _("This takes %(methods)s.") % {"methods": allowed},
            headers=[(b"allow", allowed.encode())],
        )
    return said


def _check_body(request: HttpRequest) -> None:
    """Raises Problem: 411, 413, 415."""
    if "Transfer-Encoding" in request.headers and "Content-Length" not in request.headers:
        # Nothing of it would come here.
        raise Problem(
            HTTPStatus.LENGTH_REQUIRED,
            _("Send the body in one piece, with its Content-Length."),
        )
    try:
        too_large = len(request.body) > LARGEST
    except RequestDataTooBig:
        too_large = True
    if too_large:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            _("The body is too large. Send %(most)d bytes at most.") % {"most": LARGEST},
        )
    if request.body and request.content_type != "application/json":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            _("Send JSON, and say so: `Content-Type: application/json`."),
        )


def problem_of(error: Exception, request: HttpRequest) -> Problem:
    """What an error is told as. What nobody foresaw is noted too."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationError):
        return invalid(error)
    if isinstance(error, Refused):
        return Problem(HTTPStatus.CONFLICT, str(error))
    if isinstance(error, IntegrityError):  # somebody else's was there first, after ours was checked
        return Problem(
            HTTPStatus.CONFLICT,
            _("Somebody else has changed this at the same moment. Look at it again."),
        )
    if isinstance(error, Http404):
        return not_found()
    if isinstance(error, HttpError):  # Ninja's own, about a body that it can't read
        return Problem(HTTPStatus.BAD_REQUEST, _("The body is no JSON. Correct it."))
    if isinstance(error, OperationalError | InterfaceError):
        events.warn("api.database_away", path=request.path, error=error_text(error))
        return Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            _("The database is not available right now. Nothing was done; come back soon."),
            headers=wait_before_retry(COME_BACK),
        )
    import traceback

    traceback.print_exc()
    events.warn("api.failed", cause=error, method=request.method, path=request.path)
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        _("Something is wrong on this side. It is noted, and nothing was done."),
    )
