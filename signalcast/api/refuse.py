"""Refusals as problem documents (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _

from signalcast.intake.problems import MOST_ERRORS, FieldError, Problem

TYPE = "application/problem+json"


class ParameterError(msgspec.Struct, frozen=True):
    """What is wrong with a parameter of the path or the query, or with a header."""

    parameter: str
    detail: str


def refusal(problem: Problem) -> HttpResponse:
    """The answer that a problem makes."""
    answer = HttpResponse(
        msgspec.json.encode(problem.document()), status=int(problem.status), content_type=TYPE
    )
    for name, value in problem.headers:
        answer.headers[name.decode()] = value.decode()
    return answer


def not_found() -> Problem:
    """What is not there, or somebody else's."""
    return Problem(HTTPStatus.NOT_FOUND, _("There is nothing here that you may see."))


def wrong(*errors: FieldError | ParameterError) -> Problem:
    """What is wrong with fields of the body and with parameters."""
    problem = Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        _("Something in the request can not be used. Correct what `errors` names."),
    )
    problem.more["errors"] = list(errors[:MOST_ERRORS])
    return problem
