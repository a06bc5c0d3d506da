"""The answers of the doors: what became of each signal."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from signalcast.intake.new_receipt import Outcome, Status
from signalcast.intake.problems import FieldError, Problem
from signalcast.intake.read_signals import Item

_encode = msgspec.json.encode


def answer_one(outcomes: Sequence[Outcome], item: Item | None = None) -> tuple[int, bytes]:
    """The answer to a request of one signal. Raises Problem when it was refused."""
    if isinstance(item, list):
        raise _wrong(item)
    outcome = outcomes[0]
    if problem := _refusal(outcome):
        raise problem
    return 202, b'{"receipts":[{"id":"%b","status":"%b"}]}' % (
        str(outcome.id).encode(),
        outcome.status.value.encode(),
    )


def answer_list(items: Sequence[Item], outcomes: Sequence[Outcome]) -> tuple[int, bytes]:
    """The answer to a list: 202 when all are stored, 207 when some are. Raises Problem 422."""
    stored = iter(outcomes)
    receipts: list[dict[str, Any]] = []
    errors: list[FieldError] = []
    for at, item in enumerate(items):
        if isinstance(item, list):
            problem = _wrong([error.below(f"/{at}") for error in item])
        else:
            outcome = next(stored)
            refusal = _refusal(outcome)
            if refusal is None:
                receipts.append({"id": str(outcome.id), "status": outcome.status})
                continue
            problem = refusal
        errors += problem.errors or [FieldError(f"/{at}", problem.detail)]
        receipts.append({"index": at, "status": "refused", "problem": problem.document()})
    if not errors:
        return 202, _encode({"receipts": receipts})
    if any("id" in receipt for receipt in receipts):
        return 207, _encode({"receipts": receipts})
    raise Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        _("None of the signals can be accepted."),
        errors=errors,
        receipts=receipts,
    )


def _wrong(errors: Sequence[FieldError]) -> Problem:
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, _("The signal can't be accepted."), errors=errors
    )


def _refusal(outcome: Outcome) -> Problem | None:
    if outcome.status is Status.MISMATCH:
        return Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            _("The Idempotency-Key was used before, for a request that said something else."),
        )
    if outcome.status is Status.REFUSED:
        return Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, _("The database refuses to store the signal.")
        )
    return None
