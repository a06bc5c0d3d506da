"""What the demo sells, and how its subscribers stand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import F, Q

from signalcast.accounts.models import User
from signalcast.channels.registry import sellable
from signalcast.core.clock import from_now, now
from signalcast.plans.keep_recurring import keep_recurring
from signalcast.plans.models import Coupon, Plan, Subscription
from signalcast.plans.periods import access_end, period_after
from signalcast.plans.quote import discount_of
from signalcast.plans.renew import renew
from signalcast.plans.states import SubscriptionState, current_key

State = SubscriptionState
FEEDS = {"demo-crypto": "Crypto", "demo-forex": "Forex", "demo-indices": "Indices"}
FAMILY = "demo-signals"
COUPON = "DEMO20"
#: What subscribers take in turn, the last first: its feeds and channels.
PLANS: dict[str, tuple[list[str], list[str]]] = {
    "demo-bronze": (["demo-crypto"], ["webhook", "email", "live"]),
    "demo-silver": (["demo-crypto", "demo-forex"], ["webhook", "email", "telegram", "live"]),
    "demo-gold": (list(FEEDS), list(sellable())),
}
#: Of so many subscribers one is on trial, leaves, is late.
ON_TRIAL, LEAVING, LATE = 10, 19, 31
FAILED = "A payment failed."
#: Days of a period, for spreading its beginnings.
SPREAD = 26
BY = "payments"


def plans() -> list[dict[str, Any]]:
    """The plans, as parts of a document."""
    return [
        _plan(
            *("demo-free", "Watch", "0"), order=1, feeds=["demo-crypto"], channels=["live"],
            description="See crypto signals live while you look around.",
        ),
        _plan(
            *("demo-bronze", "Bronze", "19.00"), order=2, trial_days=7, grace_days=3,
            destinations_per_channel=1, description="One market, by mail or to your own program.",
        ),
        _plan(
            *("demo-silver", "Silver", "39.00"), order=3, trial_days=7, grace_days=3,
            destinations_per_channel=3, description="Two markets, and Telegram within a second.",
        ),
        _plan(
            *("demo-gold", "Gold", "79.00"), order=4, trial_days=14, grace_days=5,
            description="Every market on every channel.",
        ),
        _plan(
            *("demo-gold-year", "Gold, by the year", "790.00"), order=5, interval="year",
            grace_days=14, feeds=list(FEEDS), channels=list(sellable()),
            description="Gold, with two months for nothing.",
        ),
    ]  # fmt: skip


def is_on_trial(number: int) -> bool:
    """Whether that subscriber tries a plan instead of having been given one."""
    return number > 0 and number % ON_TRIAL == 0


def plan_of(number: int) -> str:
    """The plan that a subscriber has."""
    return list(PLANS)[::-1][number % len(PLANS)]


def begin(people: dict[int, str]) -> None:
    """Have subscribers, by their numbers and addresses, stand as they would: most have paid, some
    try, leave or are late. Rows and no verbs, since nobody wants to read two hundred events."""
    coupon = Coupon.objects.create(code=COUPON, percent=20, max_redemptions=100)
    users = User.objects.in_bulk(list(people.values()), field_name="email")
    sold = {plan.slug: plan for plan in Plan.objects.filter(slug__in=PLANS)}
    rows = Subscription.objects.filter(plan__slug__in=PLANS).select_related("user", "plan")
    by_email = {one.user.email: one for one in rows}
    for number, email in people.items():
        if is_on_trial(number):
            _try(users[email], sold[plan_of(number)], number, coupon if number % 20 else None)
        else:
            _pay(by_email[email], number)


def go_on() -> None:
    """Have those pay whose time is nearly over, since the demo may have rested for weeks."""
    near = Q(period_end__lt=from_now(3 * 86_400), cancel_at_period_end=False)
    states = (State.ACTIVE, State.GRACE, State.EXPIRED)
    rows = Subscription.objects.filter(near, plan__slug__in=PLANS, state__in=states)
    for one in rows.filter(price=F("plan__price")):
        renew(one, by=BY)


def _pay(one: Subscription, number: int) -> None:
    """As if it had been bought some days ago."""
    plan = one.plan
    begun = now() - timedelta(days=number * 7 % SPREAD, hours=1)
    end = period_after(begun, plan.interval)
    leaves = number % LEAVING == LEAVING - 1
    late = number % LATE == LATE - 1 and not leaves
    state = State.PAST_DUE if late else State.ACTIVE
    Subscription.objects.filter(pk=one.pk).update(
        state=state,
        starts_at=begun,
        period_start=begun,
        period_end=end,
        ends_at=access_end(plan, end, renews=not leaves),
        cancel_at_period_end=leaves,
        price=plan.price,
        period_paid=plan.price,
        amount_due=plan.price,
    )
    one.changes.update(at=begun, by=BY, why="Paid.")
    one.refresh_from_db()
    keep_recurring(one, at=begun)
    if leaves or late:
        by, why = (
            (one.user.email, "Cancelled for the end of the period.") if leaves else (BY, FAILED)
        )
        one.changes.create(plan=plan, from_state=State.ACTIVE, to_state=state, by=by, why=why)


def _try(user: User, plan: Plan, number: int, coupon: Coupon | None) -> None:
    """As if it had been begun some days ago."""
    begun = now() - timedelta(days=number % (plan.trial_days - 1), hours=2)
    end = begun + timedelta(days=plan.trial_days)
    discount = discount_of(coupon, plan) if coupon else 0
    one = Subscription.objects.create(
        user=user,
        plan=plan,
        state=State.TRIALING,
        current_key=current_key(user.pk, plan.group, State.TRIALING),
        starts_at=begun,
        trial_ends_at=end,
        period_start=begun,
        period_end=end,
        ends_at=end,
        price=plan.price,
        amount_due=plan.price - discount,
        currency=plan.currency,
    )
    change = one.changes.create(
        plan=plan, to_state=State.TRIALING, by=user.email, why="Subscribed."
    )
    one.changes.filter(pk=change.pk).update(at=begun)
    keep_recurring(one, at=begun)
    if coupon:
        one.redemptions.create(
            coupon=coupon, user=user, discount=discount, currency=plan.currency,
            once_key=f"{coupon.pk}:{user.pk}",
        )  # fmt: skip
        Coupon.objects.filter(pk=coupon.pk).update(redeemed=F("redeemed") + 1)


def _plan(slug: str, name: str, price: str, **fields: Any) -> dict[str, Any]:
    feeds, channels = PLANS.get(slug, ([], []))
    common = {"family": FAMILY, "feeds": feeds, "channels": channels, "interval": "month"}
    return {"slug": slug, "name": name, "price": price, "currency": "EUR"} | common | fields
