"""What was sent, or is to be sent: one's own, and for staff everybody's."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router
from pydantic import BaseModel, ConfigDict

from signalcast.api.caller import user_of
from signalcast.api.fields import Cursor, Limit, Page, Slug
from signalcast.api.needs import READ
from signalcast.api.page import page
from signalcast.delivery.models import Attempt, Delivery
from signalcast.delivery.states import DeliveryState, Outcome
from signalcast.delivery.visible import visible_deliveries

router = Router()
EXAMPLE: dict[str, Any] = {
    "id": 120,
    "type": "signal.published",
    "feed": "crypto",
    "signal": "0193a000-0000-7000-8000-000000000001",
    "revision": 1,
    "destination": "0193a000-0000-7000-8000-000000000002",
    "channel": "webhook",
    "address": "https://example.org/signals",
    "state": "sent",
    "reason": "",
    "attempts": 1,
    "created_at": "2026-11-26T09:00:00Z",
    "finished_at": "2026-11-26T09:00:01Z",
}
TRIED = {
    "started_at": "2026-11-26T09:00:00Z",
    "duration_ms": 84,
    "outcome": "accepted",
    "status": 204,
    "detail": "",
}


class DeliveryOut(BaseModel):
    """A message for one destination."""

    id: int
    type: str
    #: null: it went to a segment of people.
    feed: str | None
    signal: UUID | None
    revision: int
    destination: UUID
    channel: str
    address: str
    state: DeliveryState
    #: Why it waits, was set aside or given up, in words.
    reason: str
    attempts: int
    created_at: datetime
    finished_at: datetime | None

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})


class AttemptOut(BaseModel):
    """One try, and what came of it."""

    started_at: datetime
    duration_ms: int
    outcome: Outcome
    #: The protocol's status code; 0 when there was no answer.
    status: int
    detail: str


class DeliveryWithAttempts(DeliveryOut):
    """The same, with its attempts, oldest first."""

    tried: list[AttemptOut]

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE | {"tried": [TRIED]}})


@router.get(
    "/deliveries",
    response=Page[DeliveryOut],
    auth=READ,
    operation_id="list_deliveries",
    summary="Messages to your destinations",
)
def list_deliveries(
    request: HttpRequest,
    state: DeliveryState | None = None,
    channel: Slug | None = None,
    feed: Slug | None = None,
    signal: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[DeliveryOut]:
    """Newest first. Staff sees those of everybody."""
    asked = {
        "state": state,
        "destination__kind": channel,
        "post__feed__slug": feed,
        "signal": signal,
    }
    found = _rows(request).filter(**{name: value for name, value in asked.items() if value})
    rows, after = page(found, cursor, limit)
    return Page(items=[DeliveryOut(**told(row)) for row in rows], next=after)


@router.get(
    "/deliveries/{int:id}",
    response=DeliveryWithAttempts,
    auth=READ,
    operation_id="read_delivery",
    summary="A delivery, with its attempts",
)
def read_delivery(request: HttpRequest, id: int) -> DeliveryWithAttempts:
    """One message with what became of it."""
    row = get_object_or_404(_rows(request), pk=id)
    tried = [_attempt(one) for one in row.tried.order_by("started_at", "pk")]
    return DeliveryWithAttempts(**told(row), tried=tried)


def _rows(request: HttpRequest) -> Any:
    return visible_deliveries(user_of(request)).select_related("destination", "post__feed")


def told(row: Delivery) -> dict[str, Any]:
    """A delivery as the fields of its shape."""
    return {
        "id": row.pk,
        "type": row.post.type,
        "feed": row.post.feed.slug if row.post.feed else None,
        "signal": row.signal_id,
        "revision": row.number,
        "destination": row.destination.uid,
        "channel": row.destination.kind,
        "address": row.destination.address,
        "state": row.state,
        "reason": row.reason or row.parked_reason,
        "attempts": row.attempts,
        "created_at": row.created_at,
        "finished_at": row.finished_at,
    }


def _attempt(one: Attempt) -> AttemptOut:
    return AttemptOut(
        started_at=one.started_at,
        duration_ms=one.duration,
        outcome=Outcome(one.outcome),
        status=one.status,
        detail=one.detail,
    )
