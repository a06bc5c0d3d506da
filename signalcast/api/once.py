"""Writes are done in one transaction, and those with an idempotency key once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from http import HTTPStatus

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from signalcast.accounts.models import User
from signalcast.api.models import StoredAnswer
from signalcast.api.prune import KEPT
from signalcast.api.refuse import ParameterError, wrong
from signalcast.core.clock import from_now
from signalcast.core.retry import retried
from signalcast.intake.problems import Problem

HEADER = "Idempotency-Key"
#: Says of an answer that it is the one from before.
REPLAYED = "Idempotent-Replayed"
KEY = re.compile(r"[!-~]{1,255}")


def once(request: HttpRequest, user: User, act: Callable[[], HttpResponse]) -> HttpResponse:
    """What ACT answers, which changes everything or, where it raises, nothing.

    With a key it is stored with what was changed, and told again to whoever sends the same within
    a day. Of several at the same time the others wait for the first. Raises Problem.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return retried(transaction.atomic(act))
    if not KEY.fullmatch(key):
        raise wrong(ParameterError(HEADER, _("Use 1 to 255 visible characters of ASCII.")))
    key_digest = hashlib.sha256(key.encode()).hexdigest()
    fingerprint = _fingerprint(request)

    def whole() -> HttpResponse:
        rows = StoredAnswer.objects.filter(user=user, key_digest=key_digest)
        rows.filter(created_at__lt=from_now(-KEPT)).delete()
        try:
            with transaction.atomic():
                row = StoredAnswer.objects.create(
                    user=user, key_digest=key_digest, fingerprint=fingerprint
                )
        except IntegrityError:
            return _told_again(rows.get(), fingerprint)
        answer = act()
        row.status, row.body = answer.status_code, answer.content.decode()
        row.save(update_fields=["status", "body"])
        return answer

    return retried(transaction.atomic(whole))


def _fingerprint(request: HttpRequest) -> str:
    told = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    told.update(request.body)
    return told.hexdigest()


def _told_again(row: StoredAnswer, fingerprint: str) -> HttpResponse:
    if row.fingerprint != fingerprint:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            _("This idempotency key was used for another request. Use a new one for each."),
        )
    answer = HttpResponse(row.body, status=row.status, content_type="application/json")
    answer.headers[REPLAYED] = "true"
    return answer
