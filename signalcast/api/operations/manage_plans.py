"""All plans, for those who sell them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import ConfigDict, Field, StrictInt, StringConstraints

from signalcast.api.caller import user_of
from signalcast.api.fields import Count, Cursor, In, Limit, Page, Slug, Text, Word
from signalcast.api.filled import as_shown, valid
from signalcast.api.needs import MANAGE, OWN
from signalcast.api.operations.plans import EXAMPLE, PlanOut, told, whole
from signalcast.api.page import page
from signalcast.api.refuse import wrong
from signalcast.core.money import units
from signalcast.feeds.models import Feed
from signalcast.intake.problems import FieldError
from signalcast.plans.archive_plan import archive_plan as archive
from signalcast.plans.make_plan import make_plan
from signalcast.plans.manage_form import DEAREST, PlanForm
from signalcast.plans.models import Plan
from signalcast.plans.modify_plan import modify_plan
from signalcast.plans.restore_plan import restore_plan as restore

router = Router()
MANAGED: dict[str, Any] = EXAMPLE | {
    "grace_days": 3,
    "order": 1,
    "created_at": "2026-11-01T08:00:00Z",
}


ASKED = {name: told for name, told in MANAGED.items() if name not in ("price", "created_at")} | {
    "price": 2900,
    "currency": "EUR",
}
#: What the form of the pages calls otherwise.
CALLED = {"amount": "price", "kinds": "channels"}
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


class ManagedPlan(PlanOut):
    """The same, with what only its owner sees."""

    grace_days: int
    #: Place on the pricing page, lowest first.
    order: int
    created_at: datetime

    model_config = ConfigDict(json_schema_extra={"example": MANAGED})


class PlanIn(In):
    """A new plan. Without a slug one is made of its name."""

    name: Word
    slug: Slug | None = None
    description: Text = ""
    #: Minor units. 0: free, without end.
    price: Annotated[StrictInt, Field(ge=0, le=DEAREST)]
    currency: Currency
    interval: Plan.Interval = Plan.Interval.MONTH
    trial_days: Count = 0
    grace_days: Count = 3
    destinations_per_channel: Count | None = None
    feeds: Annotated[list[Slug], Field(min_length=1, max_length=1_000)]
    channels: Annotated[list[Slug], Field(min_length=1, max_length=100)]
    family: Slug | None = None
    visibility: Plan.Visibility = Plan.Visibility.PUBLIC
    order: Count = 0

    model_config = ConfigDict(json_schema_extra={"example": ASKED})


class PlanChange(In):
    """What is to be changed about it; what is left out stays."""

    name: Word | None = None
    slug: Slug | None = None
    description: Text | None = None
    price: Annotated[StrictInt, Field(ge=0, le=DEAREST)] | None = None
    currency: Currency | None = None
    interval: Plan.Interval | None = None
    trial_days: Count | None = None
    grace_days: Count | None = None
    #: null: any number.
    destinations_per_channel: Count | None = None
    feeds: Annotated[list[Slug], Field(min_length=1, max_length=1_000)] | None = None
    channels: Annotated[list[Slug], Field(min_length=1, max_length=100)] | None = None
    family: Slug | None = None
    visibility: Plan.Visibility | None = None
    order: Count | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"price": 3900}})


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


@router.post(
    "/manage/plans",
    response={201: ManagedPlan},
    auth=OWN,
    operation_id="create_plan",
    summary="Create a plan",
)
def create_plan(request: HttpRequest, body: PlanIn) -> ManagedPlan:
    """The price is whole minor units of the currency."""
    made = make_plan(_filled({}, body), by=user_of(request))
    return _told(whole().get(pk=made.pk))


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


@router.patch(
    "/manage/plans/{slug:slug}",
    response=ManagedPlan,
    auth=OWN,
    operation_id="change_plan",
    summary="Change a plan",
)
def change_plan(request: HttpRequest, slug: str, body: PlanChange) -> ManagedPlan:
    """Who has it keeps what was agreed."""
    plan = get_object_or_404(Plan, slug=slug)
    shown = as_shown(PlanForm(instance=plan))
    if body.price is None:
        shown["amount"] = units(plan.price, body.currency or plan.currency)
    changed = modify_plan(_filled(shown, body, plan), by=user_of(request))
    return _told(whole().get(pk=changed.pk))


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


def _filled(shown: dict[str, Any], body: PlanIn | PlanChange, plan: Plan | None = None) -> PlanForm:
    """The form with what it SHOWN and what is asked for. Raises Problem."""
    asked = body.model_dump(exclude_unset=isinstance(body, PlanChange))
    currency = body.currency or (plan.currency if plan else "")
    if body.price is not None:
        asked["amount"] = units(body.price, currency)
    if body.channels is not None:
        asked["kinds"] = body.channels
    if body.feeds is not None:
        asked["feeds"] = _feeds(body.feeds)
    told = {name: value for name, value in (shown | asked).items() if value is not None}
    return valid(PlanForm(told, instance=plan), called=CALLED)


def _feeds(slugs: list[str]) -> list[int]:
    found = dict(Feed.objects.filter(slug__in=slugs).values_list("slug", "pk"))
    for at, slug in enumerate(slugs):
        if slug not in found:
            said = _("There is no such feed. Create it first.")
            raise wrong(FieldError(f"/feeds/{at}", said))
    return list(found.values())


def _told(plan: Plan) -> ManagedPlan:
    return ManagedPlan(
        **told(plan), grace_days=plan.grace_days, order=plan.order, created_at=plan.created_at
    )
