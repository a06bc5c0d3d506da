"""What can be bought."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router
from pydantic import BaseModel, ConfigDict

from signalcast.api.fields import Cursor, Limit, Money, Page
from signalcast.api.needs import READ
from signalcast.api.page import page
from signalcast.plans.models import Plan

router = Router()
EXAMPLE: dict[str, Any] = {
    "slug": "gold",
    "name": "Gold",
    "family": "signals",
    "description": "All signals, on every channel.",
    "price": {"amount": 2900, "currency": "EUR"},
    "interval": "month",
    "trial_days": 7,
    "destinations_per_channel": 3,
    "feeds": ["crypto"],
    "channels": ["email", "webhook"],
    "visibility": "public",
}


class PlanOut(BaseModel):
    """Feeds and channels for a price."""

    slug: str
    name: str
    #: Plans of one family are alternatives; empty: it stands by itself.
    family: str
    description: str
    #: Of each interval. 0: free, without end.
    price: Money
    interval: Plan.Interval
    trial_days: int
    #: At most; null: any number.
    destinations_per_channel: int | None
    feeds: list[str]
    channels: list[str]
    visibility: Plan.Visibility

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})


@router.get(
    "/plans",
    response=Page[PlanOut],
    auth=READ,
    operation_id="list_plans",
    summary="Plans that are sold",
)
def list_plans(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> Page[PlanOut]:
    """Those of the pricing page."""
    rows, after = page(whole().filter(visibility=Plan.Visibility.PUBLIC), cursor, limit)
    return Page(items=[PlanOut(**told(row)) for row in rows], next=after)


@router.get(
    "/plans/{slug:slug}",
    response=PlanOut,
    auth=READ,
    operation_id="read_plan",
    summary="A plan",
)
def read_plan(request: HttpRequest, slug: str) -> PlanOut:
    """Also one that is only sold by its link."""
    rows = whole().exclude(visibility=Plan.Visibility.ARCHIVED)
    return PlanOut(**told(get_object_or_404(rows, slug=slug)))


def whole() -> QuerySet[Plan]:
    """Plans with what belongs to them."""
    return Plan.objects.prefetch_related("feeds", "channels")


def told(plan: Plan) -> dict[str, Any]:
    """A plan as the fields of its shape."""
    return {
        "slug": plan.slug,
        "name": plan.name,
        "family": plan.family,
        "description": plan.description,
        "price": Money(amount=plan.price, currency=plan.currency),
        "interval": plan.interval,
        "trial_days": plan.trial_days,
        "destinations_per_channel": plan.destinations_per_channel,
        "feeds": sorted(feed.slug for feed in plan.feeds.all()),
        "channels": sorted(one.kind for one in plan.channels.all()),
        "visibility": plan.visibility,
    }
