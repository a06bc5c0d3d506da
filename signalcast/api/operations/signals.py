"""Signals of the feeds that one may read, as webhooks get them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router
from pydantic import BaseModel, ConfigDict

from signalcast.api.caller import user_of
from signalcast.api.fields import Cursor, Limit, Named, Page, Slug, Word
from signalcast.api.needs import READ
from signalcast.api.page import page
from signalcast.signals.content import content
from signalcast.signals.models import Revision, Signal
from signalcast.signals.states import STATE_AFTER, OrderType, RevisionKind, Side, SignalState
from signalcast.signals.visible import visible_signals

router = Router()
EXAMPLE: dict[str, Any] = {
    "feed": {"slug": "crypto", "name": "Crypto majors"},
    "signal": {
        "id": "0193a000-0000-7000-8000-000000000001",
        "symbol": "BTCUSDT",
        "side": "buy",
        "order_type": "limit",
        "entries": ["64250.5"],
        "stop_loss": "63000",
        "take_profits": [{"price": "65000", "share": "0.5"}],
        "leverage": "5",
        "timeframe": "1h",
        "exit_price": None,
        "valid_until": "2026-12-01T00:00:00Z",
        "state": "open",
        "comment": "",
    },
    "revision": {"number": 1, "kind": "new", "published_at": "2026-11-26T09:00:00Z"},
}


class TargetOut(BaseModel):
    """A level at which a part of the position, as a share of 1, is closed."""

    price: str
    share: str | None


class Content(BaseModel):
    """All of a signal after a revision. Numbers are decimal strings."""

    id: UUID
    symbol: str
    side: Side
    order_type: OrderType
    entries: list[str]
    stop_loss: str | None
    take_profits: list[TargetOut]
    leverage: str | None
    timeframe: str | None
    exit_price: str | None
    valid_until: datetime | None
    state: SignalState
    comment: str


class RevisionOut(BaseModel):
    """One published change."""

    number: int
    kind: RevisionKind
    published_at: datetime


class SignalOut(BaseModel):
    """A signal after its newest revision."""

    feed: Named
    signal: Content
    revision: RevisionOut

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})


class SignalHistory(SignalOut):
    """The same, with all that it said, newest first."""

    history: list[SignalOut]

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE | {"history": [EXAMPLE]}})


@router.get(
    "/signals",
    response=Page[SignalOut],
    auth=READ,
    operation_id="list_signals",
    summary="Signals that you may read",
)
def list_signals(
    request: HttpRequest,
    feed: Slug | None = None,
    symbol: Word | None = None,
    state: SignalState | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[SignalOut]:
    """Newest first. SYMBOL is how it begins, in any case."""
    found = visible_signals(user_of(request)).select_related("feed")
    if feed:
        found = found.filter(feed__slug=feed)
    if symbol:
        # All of them are in capitals, and databases differ in what they take for the same.
        found = found.filter(symbol__startswith=symbol.upper())
    if state:
        found = found.filter(state=state)
    rows, after = page(found, cursor, limit)
    newest = Revision.objects.filter(signal__in=rows, number=F("signal__revision"))
    last = {one.signal_id: one for one in newest.prefetch_related("targets")}
    return Page(items=[_told(row, last[row.pk]) for row in rows if row.pk in last], next=after)


@router.get(
    "/signals/{uuid:id}",
    response=SignalHistory,
    auth=READ,
    operation_id="read_signal",
    summary="A signal, with its revisions",
)
def read_signal(request: HttpRequest, id: UUID) -> SignalHistory:
    """One signal with all that it said."""
    row = get_object_or_404(visible_signals(user_of(request)).select_related("feed"), pk=id)
    revisions = row.revisions.prefetch_related("targets").order_by("-number")
    history = [_told(row, one) for one in revisions]
    newest = history[0]
    return SignalHistory(
        feed=newest.feed, signal=newest.signal, revision=newest.revision, history=history
    )


def _told(signal: Signal, revision: Revision) -> SignalOut:
    targets = sorted(revision.targets.all(), key=lambda target: target.position)
    told = content(signal, revision, targets)
    told["signal"]["state"] = STATE_AFTER[RevisionKind(revision.kind)]
    return SignalOut.model_validate(told)
