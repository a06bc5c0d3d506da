"""What staff does on pages goes into the audit log."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from signalcast.accounts.noted import noted as noted_by
from signalcast.portal.access import signed_in


def noted(
    request: HttpRequest, action: str, *, target: str = "", count: int | None = None, **details: Any
) -> None:
    """Note that whoever asked did ACTION, as `audit` does: in the transaction of what it changes.

    What subscribers do about their own affairs is not noted.
    """
    noted_by(signed_in(request), action, target=target, count=count, **details)
