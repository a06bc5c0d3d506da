"""Users and their subscriptions, for those who look after them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import AwareDatetime, BaseModel, ConfigDict

from signalcast.accounts.models import Role, User, normal_email
from signalcast.accounts.noted import noted
from signalcast.api.caller import user_of
from signalcast.api.fields import Cursor, In, Limit, Page, Reason, Slug, Word
from signalcast.api.needs import MANAGE
from signalcast.api.operations.subscriptions import EXAMPLE as SUBSCRIPTION
from signalcast.api.operations.subscriptions import SubscriptionOut, told
from signalcast.api.page import page
from signalcast.api.refuse import wrong
from signalcast.intake.problems import FieldError
from signalcast.plans.cancel import cancel
from signalcast.plans.grant import grant
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.states import SubscriptionState

router = Router()


class UserOut(BaseModel):
    """Somebody with an account."""

    id: int
    email: str
    name: str
    language: str
    is_active: bool
    roles: list[Role]
    created_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 7,
                "email": "alice@example.org",
                "name": "Alice",
                "language": "en",
                "is_active": True,
                "roles": ["subscriber"],
                "created_at": "2026-11-01T08:00:00Z",
            }
        }
    )


class Subscriber(BaseModel):
    """Whose it is."""

    id: int
    email: str


class ManagedSubscription(SubscriptionOut):
    """Somebody's right to a plan."""

    user: Subscriber

    model_config = ConfigDict(
        json_schema_extra={
            "example": SUBSCRIPTION | {"user": {"id": 7, "email": "alice@example.org"}}
        }
    )


class Grant(In):
    """A plan for somebody, for nothing."""

    email: Word
    plan: Slug
    #: Without it, it has no end.
    until: AwareDatetime | None = None
    #: It is noted in the audit log and in the subscription's history.
    reason: Reason

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "email": "alice@example.org",
                "plan": "gold",
                "until": "2027-01-01T00:00:00Z",
                "reason": "A present.",
            }
        }
    )


class Ending(In):
    """Why it is ended, which is noted."""

    reason: Reason

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "As asked by mail."}})


@router.get(
    "/manage/users",
    response=Page[UserOut],
    auth=MANAGE,
    operation_id="list_users",
    summary="Everybody with an account",
)
def list_users(
    request: HttpRequest,
    email: Word | None = None,
    role: Role | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[UserOut]:
    """Newest first. EMAIL is a part of the address."""
    found = _users()
    if email:
        found = found.filter(email__contains=email.lower())
    if role:
        found = found.filter(grants__role=role)
    rows, after = page(found, cursor, limit)
    return Page(items=[_user(row) for row in rows], next=after)


@router.get(
    "/manage/users/{int:id}",
    response=UserOut,
    auth=MANAGE,
    operation_id="read_user",
    summary="A person",
)
def read_user(request: HttpRequest, id: int) -> UserOut:
    """One person."""
    return _user(get_object_or_404(_users(), pk=id))


@router.get(
    "/manage/subscriptions",
    response=Page[ManagedSubscription],
    auth=MANAGE,
    operation_id="manage_subscriptions",
    summary="Subscriptions of everybody",
)
def list_subscriptions(
    request: HttpRequest,
    plan: Slug | None = None,
    state: SubscriptionState | None = None,
    email: Word | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Page[ManagedSubscription]:
    """Newest first. EMAIL is a part of the address."""
    asked = {
        "plan__slug": plan,
        "state": state,
        "user__email__contains": email.lower() if email else None,
    }
    found = _subscriptions().filter(**{name: value for name, value in asked.items() if value})
    rows, after = page(found, cursor, limit)
    return Page(items=[_subscription(row) for row in rows], next=after)


@router.post(
    "/manage/subscriptions",
    response={201: ManagedSubscription},
    auth=MANAGE,
    operation_id="grant_subscription",
    summary="Give somebody a plan",
)
def grant_subscription(request: HttpRequest, body: Grant) -> ManagedSubscription:
    """For nothing, until a moment or without end."""
    user = User.objects.filter(email=normal_email(body.email)).first()
    if user is None:
        said = _("Nobody has an account with this address.")
        raise wrong(FieldError("/email", said))
    plan = Plan.objects.filter(slug=body.plan).first()
    if plan is None:
        said = _("There is no such plan. Choose one of the plans.")
        raise wrong(FieldError("/plan", said))
    by = user_of(request).email
    made = grant(user, plan, until=body.until, by=by, why=body.reason)
    return _subscription(_subscriptions().get(pk=made.pk))


@router.get(
    "/manage/subscriptions/{int:id}",
    response=ManagedSubscription,
    auth=MANAGE,
    operation_id="read_managed_subscription",
    summary="Somebody's subscription",
)
def read_subscription(request: HttpRequest, id: int) -> ManagedSubscription:
    """One subscription."""
    return _subscription(get_object_or_404(_subscriptions(), pk=id))


@router.post(
    "/manage/subscriptions/{int:id}/end",
    response=ManagedSubscription,
    auth=MANAGE,
    operation_id="end_subscription",
    summary="End a subscription at once",
)
def end_subscription(request: HttpRequest, id: int, body: Ending) -> ManagedSubscription:
    """Whatever was paid for."""
    one, by = get_object_or_404(_subscriptions(), pk=id), user_of(request)
    cancel(one, by=by.email, why=body.reason, at_once=True)
    noted(
        by,
        "subscriptions.ended",
        target=one.user.email,
        plan=one.plan.slug,
        reason=body.reason,
    )
    return _subscription(_subscriptions().get(pk=one.pk))


def _users() -> QuerySet[User]:
    return User.objects.prefetch_related("grants")


def _subscriptions() -> QuerySet[Subscription]:
    return Subscription.objects.select_related("user", "plan", "next_plan")


def _subscription(one: Subscription) -> ManagedSubscription:
    return ManagedSubscription(**told(one), user=Subscriber(id=one.user_id, email=one.user.email))


def _user(user: User) -> UserOut:
    return UserOut(
        id=user.pk,
        email=user.email,
        name=user.name,
        language=user.language,
        is_active=user.is_active,
        roles=sorted(Role(one.role) for one in user.grants.all()),
        created_at=user.created_at,
    )
