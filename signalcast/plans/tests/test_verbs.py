"""What each thing that happens to a subscription leaves behind."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db.models import F

from signalcast.accounts.models import AuditEntry, User
from signalcast.core.clock import from_now
from signalcast.feeds.models import Feed
from signalcast.plans.cancel import cancel
from signalcast.plans.change_plan import change_plan
from signalcast.plans.enter_grace import enter_grace
from signalcast.plans.entitlement import readable_feeds
from signalcast.plans.expire import expire
from signalcast.plans.fail_payment import fail_payment
from signalcast.plans.grant import grant
from signalcast.plans.keep_plan import keep_plan
from signalcast.plans.models import Coupon, Plan, Subscription
from signalcast.plans.reactivate import reactivate
from signalcast.plans.renew import renew
from signalcast.plans.states import Refused, SubscriptionState
from signalcast.plans.subscribe import subscribe
from signalcast.plans.switch_plan import switch_plan
from signalcast.plans.tests.test_states import make_plans

pytestmark = [pytest.mark.storage, pytest.mark.django_db]

State = SubscriptionState
DAY = timedelta(days=1)
MOMENTS = ("starts_at", "ends_at", "period_start", "period_end", "trial_ends_at", "next_plan_at")


@pytest.fixture
def plans() -> dict[str, Plan]:
    return make_plans(Feed.objects.create(slug="crypto", name="Crypto"))


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice@example.org")


def buy(user: User, plan: Plan, code: str = "") -> Subscription:
    """Subscribe, and pay at once."""
    return renew(subscribe(user, plan, by=user.email, code=code), by="payments")


def pass_time(one: Subscription, by: timedelta) -> None:
    """As if it had happened that much earlier."""
    Subscription.objects.filter(pk=one.pk).update(
        created_at=F("created_at") - by, **{name: F(name) - by for name in MOMENTS}
    )
    one.refresh_from_db()


def reads(user: User) -> bool:
    return readable_feeds(user).exists()


def test_a_free_plan_is_active_at_once_and_without_end(plans: dict[str, Plan], alice: User) -> None:
    one = subscribe(alice, plans["free"], by=alice.email)

    assert (one.state, one.period_end, one.ends_at) == (State.ACTIVE, None, None)
    assert reads(alice)


def test_a_trial_is_given_once_for_each_family(plans: dict[str, Plan], alice: User) -> None:
    one = subscribe(alice, plans["gold"], by=alice.email)
    assert one.state == State.TRIALING
    assert one.amount_due == 7_900
    assert one.trial_ends_at == one.ends_at == one.starts_at + 7 * DAY
    assert reads(alice)

    pass_time(one, 8 * DAY)
    assert not reads(alice)
    assert expire(one, by="schedule")
    again = subscribe(alice, plans["gold"], by=alice.email)
    assert again.state == State.PENDING
    assert not reads(alice)


def test_a_payment_in_the_trial_begins_when_the_trial_ends(
    plans: dict[str, Plan], alice: User
) -> None:
    one = subscribe(alice, plans["gold"], by=alice.email)
    trial_end = one.trial_ends_at
    one = renew(one, by="payments")

    assert one.state == State.ACTIVE
    assert one.period_start == trial_end
    assert one.period_end is not None
    assert one.ends_at == one.period_end + 3 * DAY


def test_nothing_is_to_be_read_before_the_first_payment(
    plans: dict[str, Plan], alice: User
) -> None:
    one = subscribe(alice, plans["silver"], by=alice.email)
    assert (one.state, one.amount_due, one.currency) == (State.PENDING, 2_900, "EUR")
    assert not reads(alice)

    one = renew(one, by="payments")
    assert (one.state, one.amount_due, one.period_paid) == (State.ACTIVE, 2_900, 2_900)
    assert reads(alice)


def test_what_is_never_paid_expires_and_gives_its_coupon_back(
    plans: dict[str, Plan], alice: User
) -> None:
    coupon = Coupon.objects.create(code="HALF", percent=50, max_redemptions=1)
    one = subscribe(alice, plans["silver"], by=alice.email, code=" half ")
    assert one.amount_due == 1_450
    assert not expire(one, by="schedule")

    pass_time(one, 15 * DAY)
    assert expire(one, by="schedule")
    coupon.refresh_from_db()
    assert coupon.redeemed == 0
    assert subscribe(alice, plans["silver"], by=alice.email, code="HALF").amount_due == 1_450


def test_a_coupon_is_for_the_first_payment(plans: dict[str, Plan], alice: User) -> None:
    Coupon.objects.create(code="ALL", percent=100)
    one = subscribe(alice, plans["silver"], by=alice.email, code="all")

    assert one.state == State.ACTIVE
    assert one.amount_due == 2_900
    assert one.period_end is not None
    assert one.period_paid == 0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"valid_until": from_now(-1)}, "not good any more"),
        ({"valid_from": from_now(60)}, "not good yet"),
        ({"is_archived": True}, "no such coupon"),
        ({"percent": None, "amount": 500, "currency": "USD"}, "prices in USD"),
        ({"max_redemptions": 0}, "used up"),
    ],
    ids=["over", "not begun", "archived", "other currency", "used up"],
)
def test_a_coupon_that_is_not_good_is_refused_in_words(
    plans: dict[str, Plan], alice: User, fields: dict[str, object], said: str
) -> None:
    Coupon.objects.create(**{"code": "X", "percent": 10} | fields)

    with pytest.raises(Refused, match=said):
        subscribe(alice, plans["silver"], by=alice.email, code="x")
    assert not Subscription.objects.exists()


def test_a_coupon_of_one_plan_is_not_good_for_another(plans: dict[str, Plan], alice: User) -> None:
    coupon = Coupon.objects.create(code="X", amount=10_000, currency="EUR")
    coupon.plans.add(plans["silver"])

    with pytest.raises(Refused, match="not for this plan"):
        subscribe(alice, plans["gold"], by=alice.email, code="x")
    assert subscribe(alice, plans["silver"], by=alice.email, code="x").state == State.ACTIVE


def test_a_renewal_continues_where_the_period_ends_and_may_be_told_twice(
    plans: dict[str, Plan], alice: User
) -> None:
    one = buy(alice, plans["silver"])
    first = one.period_end
    assert first is not None
    until = first + 30 * DAY
    for _ in range(2):
        one = renew(one, by="payments", until=until)
    assert (one.period_start, one.period_end) == (first, until)

    one = renew(one, by="payments", until=first)
    assert one.period_end == until


def test_a_payment_for_a_time_that_is_over_begins_nothing(
    plans: dict[str, Plan], alice: User
) -> None:
    one = subscribe(alice, plans["silver"], by=alice.email)

    with pytest.raises(Refused, match="over already"):
        renew(one, by="payments", until=one.created_at - DAY)


def test_a_failed_payment_takes_nothing_away_before_grace_is_over(
    plans: dict[str, Plan], alice: User
) -> None:
    one = buy(alice, plans["silver"])
    assert fail_payment(one, by="payments")
    one.refresh_from_db()
    assert one.state == State.PAST_DUE
    assert not enter_grace(one, by="schedule")

    pass_time(one, 32 * DAY)
    assert enter_grace(one, by="schedule")
    assert reads(alice)
    assert not fail_payment(one, by="payments")
    pass_time(one, 3 * DAY)
    assert not reads(alice)
    assert expire(one, by="schedule")

    one = renew(one, by="payments")
    assert one.state == State.ACTIVE
    assert reads(alice)


def test_one_that_is_cancelled_for_its_end_has_no_grace_and_can_be_taken_back(
    plans: dict[str, Plan], alice: User
) -> None:
    one = cancel(buy(alice, plans["silver"]), by=alice.email)
    assert one.state == State.ACTIVE
    assert one.ends_at == one.period_end
    assert reads(alice)

    one = reactivate(one, by=alice.email)
    assert one.period_end is not None
    assert one.ends_at == one.period_end + 3 * DAY
    pass_time(cancel(one, by=alice.email), 32 * DAY)
    assert not reads(alice)
    assert expire(one, by="schedule")
    with pytest.raises(Refused, match="Subscribe anew"):
        reactivate(one, by=alice.email)


def test_one_that_is_ended_at_once_can_come_back_while_it_is_paid(
    plans: dict[str, Plan], alice: User
) -> None:
    one = cancel(buy(alice, plans["silver"]), by="payments", at_once=True, why="A dispute.")
    assert one.state == State.CANCELLED
    assert not reads(alice)
    with pytest.raises(Refused, match="reactivate it first"):
        renew(one, by="payments")

    assert reactivate(one, by="payments", why="The dispute was won.").state == State.ACTIVE
    assert reads(alice)


def test_a_trial_that_was_ended_comes_back_as_a_trial(plans: dict[str, Plan], alice: User) -> None:
    one = subscribe(alice, plans["gold"], by=alice.email)
    one = reactivate(cancel(one, by="olga@example.org", at_once=True), by="olga@example.org")

    assert one.state == State.TRIALING
    assert one.ends_at == one.trial_ends_at


def test_a_change_that_was_to_come_costs_nothing_once_it_is_forgotten(
    plans: dict[str, Plan], alice: User
) -> None:
    one = renew(subscribe(alice, plans["gold"], by=alice.email), by="payments")
    change_plan(one, plans["silver"], by=alice.email)

    assert reactivate(cancel(one, by=alice.email), by=alice.email).amount_due == 7_900


def test_it_cannot_come_back_beside_another_one(plans: dict[str, Plan], alice: User) -> None:
    one = cancel(buy(alice, plans["silver"]), by=alice.email, at_once=True)
    buy(alice, plans["year"])

    with pytest.raises(Refused, match="a current subscription"):
        reactivate(one, by=alice.email)


def test_an_upgrade_costs_the_difference_and_comes_at_once(
    plans: dict[str, Plan], alice: User
) -> None:
    one = buy(alice, plans["silver"])
    with pytest.raises(Refused, match="Pay that first"):
        change_plan(one, plans["gold"], by=alice.email)

    offer = change_plan(one, plans["gold"], by=alice.email, paid=5_000)
    assert 0 < offer.due <= 5_000
    one.refresh_from_db()
    assert one.plan == plans["gold"]
    assert (one.price, one.amount_due, one.period_paid) == (7_900, 7_900, 7_900)


def test_an_upgrade_to_another_interval_begins_a_period(
    plans: dict[str, Plan], alice: User
) -> None:
    one = buy(alice, plans["silver"])
    plans["year"].price = 100_000
    plans["year"].save()

    offer = change_plan(one, plans["year"], by=alice.email, paid=100_000)
    assert 97_100 <= offer.due <= 97_110
    one.refresh_from_db()
    assert one.period_end is not None
    assert one.period_start is not None
    assert one.period_end - one.period_start >= 365 * DAY


def test_a_downgrade_comes_with_the_next_period(plans: dict[str, Plan], alice: User) -> None:
    one = subscribe(alice, plans["gold"], by=alice.email)
    one = renew(one, by="payments")
    pass_time(one, 10 * DAY)
    offer = change_plan(one, plans["silver"], by=alice.email)
    one.refresh_from_db()
    assert (offer.at_once, offer.due) == (False, 0)
    assert one.plan == plans["gold"]
    assert (one.next_plan, one.next_plan_at) == (plans["silver"], one.period_end)
    assert one.amount_due == 2_900

    assert keep_plan(one, by=alice.email).amount_due == 7_900
    change_plan(one, plans["silver"], by=alice.email)
    assert not switch_plan(one, by="schedule")
    pass_time(one, 32 * DAY)
    assert switch_plan(one, by="schedule")
    one = renew(one, by="payments")
    assert (one.plan, one.price, one.next_plan) == (plans["silver"], 2_900, None)


def test_a_downgrade_that_is_paid_early_keeps_the_better_plan_to_its_end(
    plans: dict[str, Plan], alice: User
) -> None:
    one = renew(subscribe(alice, plans["gold"], by=alice.email), by="payments")
    first = one.period_end
    change_plan(one, plans["silver"], by=alice.email)
    one = renew(one, by="payments")

    assert (one.plan, one.next_plan_at) == (plans["gold"], first)
    assert one.period_start == first
    assert one.period_paid == 2_900
    pass_time(one, 40 * DAY)
    assert switch_plan(one, by="schedule")
    one.refresh_from_db()
    assert one.plan == plans["silver"]


def test_a_change_to_a_free_plan_has_no_end(plans: dict[str, Plan], alice: User) -> None:
    one = buy(alice, plans["silver"])
    change_plan(one, plans["free"], by=alice.email)
    pass_time(one, 32 * DAY)
    assert switch_plan(one, by="schedule")

    one.refresh_from_db()
    assert (one.plan, one.ends_at, one.amount_due) == (plans["free"], None, 0)
    assert reads(alice)


def test_a_plan_that_is_given_by_hand_ends_to_the_second_and_is_noted(
    plans: dict[str, Plan], alice: User
) -> None:
    soon = subscribe(alice, plans["silver"], by=alice.email).created_at + 10 * DAY
    one = grant(alice, plans["gold"], until=soon, by="olga@example.org", why="A friend.")

    assert (one.state, one.ends_at, one.amount_due) == (State.ACTIVE, soon, 0)
    assert reads(alice)
    entry = AuditEntry.objects.get(action="subscriptions.granted")
    assert entry.target == alice.email
    assert entry.details["reason"] == "A friend."
    with pytest.raises(Refused, match="has gold already"):
        grant(alice, plans["silver"], until=None, by="olga@example.org", why="Again.")
    with pytest.raises(Refused, match="Say why"):
        grant(alice, plans["silver"], until=None, by="olga@example.org", why=" ")


def test_a_plan_that_is_archived_is_kept_and_not_sold(plans: dict[str, Plan], alice: User) -> None:
    one = buy(alice, plans["silver"])
    Plan.objects.update(visibility=Plan.Visibility.ARCHIVED)
    bob = User.objects.create_user("bob@example.org")

    assert reads(alice)
    assert renew(one, by="payments").state == State.ACTIVE
    with pytest.raises(Refused, match="not sold any more"):
        subscribe(bob, plans["silver"], by=bob.email)


def test_somebody_who_has_a_plan_is_told_so(plans: dict[str, Plan], alice: User) -> None:
    buy(alice, plans["silver"])

    with pytest.raises(Refused, match="have this plan already"):
        subscribe(alice, plans["silver"], by=alice.email)
    with pytest.raises(Refused, match="Change your plan"):
        subscribe(alice, plans["gold"], by=alice.email)


@pytest.mark.parametrize("microseconds", [0, 1])
def test_the_right_to_read_ends_at_its_moment(
    plans: dict[str, Plan], alice: User, microseconds: int
) -> None:
    one = cancel(buy(alice, plans["silver"]), by=alice.email)
    end: datetime = one.period_end or one.starts_at
    Subscription.objects.filter(pk=one.pk).update(ends_at=from_now(-microseconds / 1_000_000))

    assert end > one.starts_at
    assert not reads(alice)
