"""What an exception says, whatever it does when it is asked."""

from __future__ import annotations


def error_text(error: BaseException) -> str:
    """Its kind and its words. Never raises: an error may have a fault of its own."""
    kind = type(error).__name__
    try:
        return f"{kind}: {error}"
    except Exception:
        return kind
