"""What staff does goes into the audit log, whichever way it came."""

from __future__ import annotations

from typing import Any

from signalcast.accounts.audit import audit
from signalcast.accounts.models import User


def noted(
    by: User, action: str, *, target: str = "", count: int | None = None, **details: Any
) -> None:
    """Note that BY did ACTION, as `audit` does: in the transaction of what it changes.

    What subscribers do about their own affairs is not noted.
    """
    if by.is_staff:
        audit(action, by=by.email, target=target, count=count, **details)
