"""A revision as the neutral content that every channel renders: numbers as decimal strings."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from signalcast.core.prices import plain
from signalcast.signals.models import Revision, Signal, Target
from signalcast.signals.states import RevisionKind

TYPES = {
    RevisionKind.NEW: "signal.published",
    RevisionKind.UPDATE: "signal.updated",
    RevisionKind.CLOSE: "signal.closed",
    RevisionKind.CANCEL: "signal.cancelled",
}


def content(signal: Signal, revision: Revision, targets: Sequence[Target]) -> dict[str, Any]:
    """The data of a revision's post. It holds the signal's whole state after the revision."""
    return {
        "feed": {"slug": signal.feed.slug, "name": signal.feed.name},
        "signal": {
            "id": str(signal.pk),
            "symbol": signal.symbol,
            "side": revision.side,
            "order_type": revision.order_type,
            "entries": revision.entries,
            "stop_loss": _text(revision.stop_loss),
            "take_profits": [
                {"price": _text(target.price), "share": _text(target.share)} for target in targets
            ],
            "leverage": _text(revision.leverage),
            "timeframe": revision.timeframe or None,
            "exit_price": _text(revision.exit_price),
            "valid_until": revision.valid_until.isoformat() if revision.valid_until else None,
            "state": signal.state,
            "comment": revision.comment,
        },
        "revision": {
            "number": revision.number,
            "kind": revision.kind,
            "published_at": revision.published_at.isoformat(),
        },
    }


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
