"""What a source shows at the doors. Only its digest is kept, so it can be shown once."""

from __future__ import annotations

import secrets


def new_token() -> str:
    """A token of 32 random bytes that can stand in an address."""
    return secrets.token_urlsafe(32)
