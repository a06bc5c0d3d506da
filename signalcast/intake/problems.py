"""Problem documents (RFC 9457): why a request was not accepted, in a form programs can read."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

#: A document names this many wrong fields at most.
MOST_ERRORS = 100


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field. `pointer` is a JSON pointer (RFC 6901), "" for the whole."""

    pointer: str
    detail: str

    def below(self, prefix: str) -> FieldError:
        """The same as part of a larger document."""
        return FieldError(prefix + self.pointer, self.detail)


class Problem(Exception):
    """A request that is not accepted. Carries everything its answer needs."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Sequence[tuple[bytes, bytes]] = (),
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)[:MOST_ERRORS]
        self.headers = list(headers)
        self.more = more

    def document(self) -> dict[str, Any]:
        """The problem as RFC 9457 lays it out."""
        found: dict[str, Any] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": self.detail,
        }
        if self.errors:
            found["errors"] = self.errors
        return found | self.more


def wait_before_retry(seconds: int) -> list[tuple[bytes, bytes]]:
    """The header that asks for patience."""
    return [(b"retry-after", str(seconds).encode())]


def unauthorized(detail: str) -> Problem:
    """The problem of somebody who can't show that he may post."""
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        detail,
        headers=[(b"www-authenticate", b'Bearer realm="signals"')],
    )
