"""All plans, for those who sell them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router
from pydantic import ConfigDict

from signalcast.api.caller import user_of
from signalcast.api.fields import Cursor, Limit, Page
from signalcast.api.needs import MANAGE, OWN
from signalcast.api.operations.plans import EXAMPLE, PlanOut, told, whole
from signalcast.api.page import page
from signalcast.plans.archive_plan import archive_plan as archive
from signalcast.plans.models import Plan
from signalcast.plans.restore_plan import restore_plan as restore

router = Router()
MANAGED: dict[str, Any] = EXAMPLE | {
    "grace_days": 3,
    "order": 1,
    "created_at": "2026-11-01T08:00:00Z",
}


class ManagedPlan(PlanOut):
    """The same, with what only its owner sees."""

    grace_days: int
    #: Place on the pricing page, lowest first.
    order: int
    created_at: datetime

    model_config = ConfigDict(json_schema_extra={"example": MANAGED})


@router.get(
    "/manage/plans",
    response=Page[ManagedPlan],
    auth=MANAGE,
    operation_id="manage_plans",
    summary="All plans",
)
def list_plans(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> Page[ManagedPlan]:
    """Newest first, with hidden and archived ones."""
    rows, after = page(whole(), cursor, limit)
    return Page(items=[_told(row) for row in rows], next=after)


@router.get(
    "/manage/plans/{slug:slug}",
    response=ManagedPlan,
    auth=MANAGE,
    operation_id="read_managed_plan",
    summary="A plan with its settings",
)
def read_plan(request: HttpRequest, slug: str) -> ManagedPlan:
    """One plan."""
    return _told(get_object_or_404(whole(), slug=slug))


@router.post(
    "/manage/plans/{slug:slug}/archive",
    response=ManagedPlan,
    auth=OWN,
    operation_id="archive_plan",
    summary="Sell a plan no more",
)
def archive_plan(request: HttpRequest, slug: str) -> ManagedPlan:
    """Who has it keeps it."""
    plan = get_object_or_404(whole(), slug=slug)
    archive(plan, by=user_of(request))
    return _told(plan)


@router.post(
    "/manage/plans/{slug:slug}/restore",
    response=ManagedPlan,
    auth=OWN,
    operation_id="restore_plan",
    summary="Sell a plan again, by its link",
)
def restore_plan(request: HttpRequest, slug: str) -> ManagedPlan:
    """It is hidden then."""
    plan = get_object_or_404(whole(), slug=slug)
    restore(plan, by=user_of(request))
    return _told(plan)


def _told(plan: Plan) -> ManagedPlan:
    return ManagedPlan(
        **told(plan), grace_days=plan.grace_days, order=plan.order, created_at=plan.created_at
    )
