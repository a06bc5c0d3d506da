"""What the checks of a request found, in words, each with the place that it is about."""

from __future__ import annotations

from typing import Any

from ninja.errors import ValidationError

from signalcast.api.refuse import ParameterError, wrong
from signalcast.intake.problems import FieldError, Problem


def invalid(error: ValidationError) -> Problem:
    """The problem that wrong fields and parameters make."""
    return wrong(*(_told(one) for one in error.errors))


def _told(one: dict[str, Any]) -> FieldError | ParameterError:
    place, *path = one["loc"]
    words = str(one["msg"]).removeprefix("Value error, ")
    detail = words if words.endswith(".") else f"{words}."
    if place == "body":
        # The first word is what the operation calls its body.
        return FieldError("".join(f"/{_escaped(step)}" for step in path[1:]), detail)
    return ParameterError(str(path[0]) if path else "", detail)


def _escaped(step: object) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")
