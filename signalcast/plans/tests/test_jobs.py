"""What the scheduler does for subscriptions: their states follow their times, mails are sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from signalcast.accounts.models import User
from signalcast.feeds.models import Feed
from signalcast.pipeline import SCHEDULES
from signalcast.plans.cancel import cancel
from signalcast.plans.change_plan import change_plan
from signalcast.plans.fail_payment import fail_payment
from signalcast.plans.models import Plan, Reminder, Subscription
from signalcast.plans.move_subscriptions import move_subscriptions
from signalcast.plans.remind import remind
from signalcast.plans.renew import renew
from signalcast.plans.states import SubscriptionState
from signalcast.plans.subscribe import subscribe
from signalcast.plans.tests.test_states import make_plans
from signalcast.plans.tests.test_verbs import DAY, buy, pass_time
from signalcast.work.run_jobs import run_jobs

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

State = SubscriptionState


@pytest.fixture
def plans() -> dict[str, Plan]:
    return make_plans(Feed.objects.create(slug="crypto", name="Crypto"))


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice@example.org", language="de")


def state(one: Subscription) -> str:
    one.refresh_from_db()
    return one.state


def test_both_jobs_are_scheduled() -> None:
    assert {"move_subscriptions", "remind"} <= {planned.job for planned in SCHEDULES}


def test_states_follow_their_times(plans: dict[str, Plan], alice: User) -> None:
    one = buy(alice, plans["silver"])
    assert move_subscriptions() == 0

    pass_time(one, 32 * DAY)
    assert move_subscriptions() == 1
    assert state(one) == State.GRACE
    assert move_subscriptions() == 0
    pass_time(one, 3 * DAY)
    assert move_subscriptions() == 1
    assert state(one) == State.EXPIRED
    assert set(one.changes.filter(to_state=State.EXPIRED).values_list("by")) == {("schedule",)}


def test_a_downgrade_goes_on_and_does_not_end(plans: dict[str, Plan], alice: User) -> None:
    plans["gold"].grace_days = 0
    plans["gold"].save()
    one = renew(subscribe(alice, plans["gold"], by=alice.email), by="payments")
    change_plan(one, plans["silver"], by=alice.email)

    pass_time(one, 39 * DAY)
    assert move_subscriptions() == 1
    assert state(one) == State.GRACE
    assert one.plan == plans["silver"]


def test_one_statement_where_nothing_is_to_be_done(plans: dict[str, Plan], alice: User) -> None:
    buy(alice, plans["silver"])
    with CaptureQueriesContext(connection) as queries:
        move_subscriptions()

    assert len(queries) == 1


def sent() -> list[str]:
    """Have all due mails sent. Returns their subjects."""
    mail.outbox.clear()
    remind()
    while run_jobs():
        pass
    return [str(one.subject) for one in mail.outbox]


@pytest.mark.parametrize(
    ("happens", "subject"),
    [
        (lambda one: None, "Ihr Abonnement von silver verlängert sich bald"),
        (lambda one: cancel(one, by="alice@example.org"), "Ihr Abonnement von silver endet bald"),
        (lambda one: fail_payment(one, by="payments"), "Eine Zahlung für silver fehlt"),
    ],
    ids=["renewal", "end", "missing payment"],
)
def test_a_subscriber_is_reminded_once_and_in_the_own_language(
    plans: dict[str, Plan], alice: User, happens: Callable[[Subscription], object], subject: str
) -> None:
    one = buy(alice, plans["silver"])
    assert sent() == []

    pass_time(one, 29 * DAY)
    happens(one)
    assert sent() == [subject]
    assert sent() == []
    assert Reminder.objects.count() == 1


def test_a_trial_says_that_it_ends(plans: dict[str, Plan], alice: User) -> None:
    one = subscribe(alice, plans["gold"], by=alice.email)
    assert sent() == []
    pass_time(one, 5 * DAY)

    assert sent() == ["Ihre Probezeit von gold endet bald"]
    assert "79.00 EUR" in mail.outbox[0].body


def test_what_has_changed_meanwhile_is_not_spoken_of(plans: dict[str, Plan], alice: User) -> None:
    one = buy(alice, plans["silver"])
    pass_time(one, 29 * DAY)
    remind()
    renew(one, by="payments")

    mail.outbox.clear()
    while run_jobs():
        pass
    assert mail.outbox == []


def test_somebody_who_was_switched_off_gets_no_mail(plans: dict[str, Plan], alice: User) -> None:
    pass_time(buy(alice, plans["silver"]), 29 * DAY)
    alice.is_active = False
    alice.save()

    assert sent() == []
