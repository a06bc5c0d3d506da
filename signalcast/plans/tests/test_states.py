"""The life of a subscription: any order of what may happen to it keeps the rules."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from signalcast.accounts.models import User
from signalcast.core.clock import read_moment
from signalcast.feeds.models import Feed
from signalcast.plans.cancel import cancel
from signalcast.plans.change_plan import change_plan
from signalcast.plans.entitlement import readable_feeds
from signalcast.plans.fail_payment import fail_payment
from signalcast.plans.keep_plan import keep_plan
from signalcast.plans.keep_recurring import worth
from signalcast.plans.models import Coupon, Plan, Redemption, Subscription, SubscriptionChange
from signalcast.plans.move_subscriptions import move_subscriptions
from signalcast.plans.offer_change import offer_change
from signalcast.plans.reactivate import reactivate
from signalcast.plans.renew import renew
from signalcast.plans.states import (
    CURRENT,
    ENTITLING,
    FIRST,
    TABLE,
    Refused,
    SubscriptionState,
    transition,
)
from signalcast.plans.subscribe import subscribe

BY = "alice@example.org"
MOMENTS = ("starts_at", "ends_at", "period_start", "period_end", "trial_ends_at", "next_plan_at")
PLANS: dict[str, dict[str, Any]] = {
    "free": {"price": 0, "interval": "month"},
    "silver": {"price": 2_900, "interval": "month", "grace_days": 3},
    "gold": {"price": 7_900, "interval": "month", "trial_days": 7, "grace_days": 3},
    "year": {"price": 60_000, "interval": "year"},
    "ever": {"price": 150_000, "interval": "lifetime"},
}


def make_plans(feed: Feed) -> dict[str, Plan]:
    """Alternatives of one family."""
    made = {}
    for slug, fields in PLANS.items():
        made[slug] = Plan.objects.create(
            slug=slug, name=slug, family="signals", currency="EUR", **fields
        )
        made[slug].feeds.add(feed)
    return made


class Lives(RuleBasedStateMachine):
    """Whatever a person, a provider and the clock do, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = transaction.atomic()
        self.kept.__enter__()

    def teardown(self) -> None:
        """Leave nothing to the next example."""
        transaction.set_rollback(True)
        self.kept.__exit__(None, None, None)

    @initialize(slug=st.sampled_from(sorted(PLANS)), paid=st.booleans())
    def begin(self, slug: str, paid: bool) -> None:
        """Somebody who has chosen."""
        self.feed = Feed.objects.create(slug="crypto", name="Crypto")
        self.plans = make_plans(self.feed)
        self.user = User.objects.create_user(BY)
        self.coupon = Coupon.objects.create(code="HALF", percent=50, max_redemptions=2)
        one = subscribe(self.user, self.plans[slug], by=BY)
        if paid and one.amount_due:
            renew(one, by="payments")

    def attempt(self, act: Any, *args: Any, **kwargs: Any) -> None:
        """Do it, or be refused."""
        one = Subscription.objects.filter(user=self.user).latest("pk")
        with suppress(Refused):
            act(one, *args, **kwargs)

    @rule(slug=st.sampled_from(sorted(PLANS)), code=st.sampled_from(["", "half", "none"]))
    def subscribes(self, slug: str, code: str) -> None:
        """Choose a plan."""
        with suppress(Refused):
            subscribe(self.user, self.plans[slug], by=BY, code=code)

    @rule()
    def pays(self) -> None:
        """A payment is in."""
        self.attempt(renew, by="payments")

    @rule(days=st.integers(-40, 400))
    def is_paid_until(self, days: int) -> None:
        """A provider says until when it is paid: early, late, twice, out of order."""
        now = read_moment(User.objects.annotate(now=Now()).values_list("now", flat=True)[0])
        self.attempt(renew, by="payments", until=now + timedelta(days=days))

    @rule()
    def payment_fails(self) -> None:
        """A payment failed."""
        self.attempt(fail_payment, by="payments")

    @rule(at_once=st.booleans())
    def cancels(self, at_once: bool) -> None:
        """Somebody has enough."""
        self.attempt(cancel, by=BY, at_once=at_once)

    @rule()
    def reactivates(self) -> None:
        """Somebody thinks again."""
        self.attempt(reactivate, by=BY)

    @rule(slug=st.sampled_from(sorted(PLANS)), paid=st.sampled_from([0, 200_000]))
    def changes_plan(self, slug: str, paid: int) -> None:
        """Somebody wants another plan."""
        self.attempt(change_plan, self.plans[slug], by=BY, paid=paid)

    @rule()
    def keeps_plan(self) -> None:
        """Somebody wants no other plan."""
        self.attempt(keep_plan, by=BY)

    @rule(days=st.sampled_from([1, 3, 8, 20, 31, 32]), runs=st.booleans())
    def time_passes(self, days: int, runs: bool) -> None:
        """All moments lie further back; the schedule may have run since, or not."""
        for one in Subscription.objects.all():
            values = {
                name: value - timedelta(days=days)
                for name in (*MOMENTS, "created_at")
                if (value := getattr(one, name))
            }
            Subscription.objects.filter(pk=one.pk).update(**values)
        if runs:
            move_subscriptions()

    @invariant()
    def one_is_current(self) -> None:
        """At most one, and the key says which."""
        if not hasattr(self, "user"):
            return
        rows = Subscription.objects.filter(user=self.user)
        assert sum(one.state in CURRENT for one in rows) <= 1
        for one in rows:
            key = f"{self.user.pk}:signals" if one.state in CURRENT else None
            assert one.current_key == key

    @invariant()
    def history_is_whole(self) -> None:
        """Each change begins where the one before ended, within the table, up to the present."""
        for one in Subscription.objects.all():
            state = ""
            for change in SubscriptionChange.objects.filter(subscription=one).order_by("pk"):
                assert change.from_state == state
                before = SubscriptionState(state) if state else None
                assert change.to_state in (TABLE[before] if before else FIRST)
                assert change.by
                assert change.why
                state = change.to_state
            assert state == one.state

    @invariant()
    def the_record_of_what_recurs_is_what_counts(self) -> None:
        """Each subscription's moves add up to what it counts for as it is."""
        for one in Subscription.objects.select_related("plan"):
            sums: Counter[tuple[int, str]] = Counter()
            for move in one.moves.all():
                sums[move.plan_id, move.currency] += move.yearly
            known = {key: yearly for key, yearly in sums.items() if yearly}
            assert known == worth(one)
            assert sum(move.subscriptions for move in one.moves.all()) == len(known)

    @invariant()
    def rights_follow_state_and_time(self) -> None:
        """The feed is readable exactly while a subscription entitles."""
        if not hasattr(self, "user"):
            return
        now = read_moment(User.objects.annotate(now=Now()).values_list("now", flat=True)[0])
        entitles = any(
            one.state in ENTITLING
            and one.starts_at <= now
            and (one.ends_at is None or one.ends_at > now)
            for one in Subscription.objects.all()
        )
        assert readable_feeds(self.user).exists() == entitles

    @invariant()
    def times_fit(self) -> None:
        """A period does not end before it begins; only what never has a payment due has no end."""
        for one in Subscription.objects.filter(state__in=CURRENT).select_related("plan"):
            if one.state == SubscriptionState.PENDING:
                assert one.amount_due > 0
            elif one.period_end is None:
                assert one.ends_at is None
                assert one.plan.is_endless
                assert one.amount_due == 0
            else:
                assert one.period_start is not None
                assert one.period_start < one.period_end
                assert one.ends_at is not None
                assert one.ends_at >= one.period_end

    @invariant()
    def what_is_due_is_the_price_of_what_comes(self) -> None:
        """What the next payment has to bring is what the next period costs."""
        rows = Subscription.objects.filter(state=SubscriptionState.ACTIVE)
        for one in rows.select_related("plan", "next_plan"):
            if one.next_plan:
                assert one.amount_due == one.next_plan.price
            else:
                assert one.amount_due == (0 if one.plan.is_endless else one.price)

    @invariant()
    def coupons_are_counted(self) -> None:
        """The count is that of the uses, once for each person."""
        if not hasattr(self, "coupon"):
            return
        self.coupon.refresh_from_db()
        assert self.coupon.redeemed == Redemption.objects.count() <= 1


@pytest.mark.parametrize("lives", [10, pytest.param(100, marks=pytest.mark.wide)])
@pytest.mark.django_db
def test_whatever_happens_in_any_order_the_rules_hold(lives: int) -> None:
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=lives,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.storage
@pytest.mark.django_db
def test_what_is_not_in_the_table_is_refused_and_changes_nothing() -> None:
    plans = make_plans(Feed.objects.create(slug="crypto", name="Crypto"))
    user = User.objects.create_user(BY)
    one = subscribe(user, plans["silver"], by=BY)

    for state in SubscriptionState:
        Subscription.objects.filter(pk=one.pk).update(state=state)
        for other in SubscriptionState:
            one.refresh_from_db()
            if other in TABLE[state]:
                continue
            with pytest.raises(Refused, match=r"can not become .*\.$"):
                transition(one, other, by=BY, why="Because.")
    assert one.changes.count() == 1


@pytest.mark.storage
@pytest.mark.django_db
def test_a_change_of_what_has_changed_meanwhile_is_refused() -> None:
    plans = make_plans(Feed.objects.create(slug="crypto", name="Crypto"))
    one = subscribe(User.objects.create_user(BY), plans["silver"], by=BY)
    seen = Subscription.objects.get(pk=one.pk)
    renew(one, by="payments")

    with pytest.raises(Refused, match="changed meanwhile"):
        transition(seen, SubscriptionState.EXPIRED, by="schedule", why="It was not paid.")


@pytest.mark.django_db
def test_an_offer_is_the_same_for_the_page_and_for_the_change() -> None:
    plans = make_plans(Feed.objects.create(slug="crypto", name="Crypto"))
    one = renew(subscribe(User.objects.create_user(BY), plans["silver"], by=BY), by="payments")
    assert one.period_start is not None
    at = one.period_start + timedelta(days=10)
    offer = offer_change(one, plans["gold"], at=at)

    with pytest.raises(Refused, match=r"costs \d+\.\d\d EUR"):
        change_plan(one, plans["gold"], by=BY, paid=offer.due - 1, quoted_at=at)
    assert change_plan(one, plans["gold"], by=BY, paid=offer.due, quoted_at=at).due == offer.due
    one.refresh_from_db()
    assert one.plan == plans["gold"]
    assert one.amount_due == 7_900
