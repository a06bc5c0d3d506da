"""One's own subscriptions: how they stand, and what is to become of them."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import BaseModel, ConfigDict

from signalcast.accounts.models import User
from signalcast.api.caller import user_of
from signalcast.api.fields import Cursor, In, Limit, Money, Named, Page, Slug, Word
from signalcast.api.needs import READ, WRITE
from signalcast.api.page import page
from signalcast.api.refuse import wrong
from signalcast.core.env import environment
from signalcast.intake.problems import FieldError, Problem
from signalcast.plans.cancel import cancel
from signalcast.plans.change_plan import change_plan
from signalcast.plans.keep_plan import keep_plan
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.reactivate import reactivate
from signalcast.plans.states import SubscriptionState
from signalcast.plans.take import ToBePaid, take

router = Router()
EXAMPLE: dict[str, Any] = {
    "id": 12,
    "plan": {"slug": "gold", "name": "Gold"},
    "state": "active",
    "starts_at": "2026-11-01T08:00:00Z",
    "ends_at": "2026-12-04T08:00:00Z",
    "period_start": "2026-11-01T08:00:00Z",
    "period_end": "2026-12-01T08:00:00Z",
    "trial_ends_at": None,
    "cancel_at_period_end": False,
    "next_plan": None,
    "next_plan_at": None,
    "price": {"amount": 2900, "currency": "EUR"},
    "amount_due": {"amount": 2900, "currency": "EUR"},
    "created_at": "2026-11-01T08:00:00Z",
}


class SubscriptionOut(BaseModel):
    """The right to a plan, from a moment to a moment."""

    id: int
    plan: Named
    state: SubscriptionState
    starts_at: datetime
    #: The right ends then; null: it lasts.
    ends_at: datetime | None
    period_start: datetime | None
    period_end: datetime | None
    trial_ends_at: datetime | None
    cancel_at_period_end: bool
    #: What it becomes with the next period.
    next_plan: Named | None
    next_plan_at: datetime | None
    #: Of a period as agreed, and what the next payment has to bring.
    price: Money
    amount_due: Money
    created_at: datetime

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})


class SubscriptionIn(In):
    """A plan to begin, and a coupon's code."""

    plan: Slug
    code: Word = ""

    model_config = ConfigDict(json_schema_extra={"example": {"plan": "gold", "code": ""}})


class PlanChoice(In):
    """The plan that it shall become."""

    plan: Slug

    model_config = ConfigDict(json_schema_extra={"example": {"plan": "silver"}})


@router.get(
    "/subscriptions",
    response=Page[SubscriptionOut],
    auth=READ,
    operation_id="list_subscriptions",
    summary="Your subscriptions",
)
def list_subscriptions(
    request: HttpRequest, limit: Limit = 50, cursor: Cursor = ""
) -> Page[SubscriptionOut]:
    """Those that you have and had."""
    rows, after = page(_own(request), cursor, limit)
    return Page(items=[SubscriptionOut(**told(row)) for row in rows], next=after)


@router.post(
    "/subscriptions",
    response={201: SubscriptionOut},
    auth=WRITE,
    operation_id="create_subscription",
    summary="Begin a plan that needs no payment now",
)
def create_subscription(request: HttpRequest, body: SubscriptionIn) -> SubscriptionOut:
    """A free plan, a trial, or what a coupon pays for whole. Where something is to be paid first it
    is 402, and `pay_at` is where a person does that."""
    user, plan = user_of(request), _plan(body.plan)
    try:
        made = take(user, plan, by=user.email, code=body.code)
    except ToBePaid:
        raise _to_be_paid(request, plan) from None
    return SubscriptionOut(**told(_own(request).get(pk=made.pk)))


@router.get(
    "/subscriptions/{int:id}",
    response=SubscriptionOut,
    auth=READ,
    operation_id="read_subscription",
    summary="A subscription of yours",
)
def read_subscription(request: HttpRequest, id: int) -> SubscriptionOut:
    """One subscription of yours."""
    return SubscriptionOut(**told(get_object_or_404(_own(request), pk=id)))


@router.post(
    "/subscriptions/{int:id}/cancel",
    response=SubscriptionOut,
    auth=WRITE,
    operation_id="cancel_subscription",
    summary="Let a subscription end with its period",
)
def cancel_subscription(request: HttpRequest, id: int) -> SubscriptionOut:
    """At once where no time is left that was paid for."""
    user, one = _mine(request, id)
    cancel(one, by=user.email)
    return read_subscription(request, id)


@router.post(
    "/subscriptions/{int:id}/reactivate",
    response=SubscriptionOut,
    auth=WRITE,
    operation_id="reactivate_subscription",
    summary="Let a subscription go on after all",
)
def reactivate_subscription(request: HttpRequest, id: int) -> SubscriptionOut:
    """While time is left."""
    user, one = _mine(request, id)
    reactivate(one, by=user.email)
    return read_subscription(request, id)


@router.post(
    "/subscriptions/{int:id}/change",
    response=SubscriptionOut,
    auth=WRITE,
    operation_id="change_subscription",
    summary="Change a subscription to another plan",
)
def change_subscription(request: HttpRequest, id: int, body: PlanChoice) -> SubscriptionOut:
    """What costs less comes with the next period; what costs more is paid on the pages first."""
    user, one = _mine(request, id)
    change_plan(one, _plan(body.plan), by=user.email)
    return read_subscription(request, id)


@router.post(
    "/subscriptions/{int:id}/keep",
    response=SubscriptionOut,
    auth=WRITE,
    operation_id="keep_subscription",
    summary="Forget a change of plan that is to come",
)
def keep_subscription(request: HttpRequest, id: int) -> SubscriptionOut:
    """It goes on with the plan that it has."""
    user, one = _mine(request, id)
    keep_plan(one, by=user.email)
    return read_subscription(request, id)


def _own(request: HttpRequest) -> QuerySet[Subscription]:
    return user_of(request).subscriptions.select_related("plan", "next_plan")


def _mine(request: HttpRequest, id: int) -> tuple[User, Subscription]:
    return user_of(request), get_object_or_404(_own(request), pk=id)


def _plan(slug: str) -> Plan:
    found = Plan.objects.filter(slug=slug).first()
    if found is None:
        raise wrong(FieldError("/plan", _("There is no such plan. Choose one of the plans.")))
    return found


def _to_be_paid(request: HttpRequest, plan: Plan) -> Problem:
    base = environment().public_url.rstrip("/") or request.build_absolute_uri("/").rstrip("/")
    return Problem(
        HTTPStatus.PAYMENT_REQUIRED,
        _("This plan begins with a payment. A person pays at the address in `pay_at`."),
        pay_at=base + reverse("checkout", args=[plan.slug]),
    )


def told(one: Subscription) -> dict[str, Any]:
    """A subscription as the fields of its shape."""
    next_plan = one.next_plan
    return {
        "id": one.pk,
        "plan": Named(slug=one.plan.slug, name=one.plan.name),
        "state": one.state,
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "period_start": one.period_start,
        "period_end": one.period_end,
        "trial_ends_at": one.trial_ends_at,
        "cancel_at_period_end": one.cancel_at_period_end,
        "next_plan": Named(slug=next_plan.slug, name=next_plan.name) if next_plan else None,
        "next_plan_at": one.next_plan_at,
        "price": Money(amount=one.price, currency=one.currency),
        "amount_due": Money(amount=one.amount_due, currency=one.currency),
        "created_at": one.created_at,
    }
