"""Owners make plans and coupons, see who has them, and give and end them by hand."""

from __future__ import annotations

import pytest
from django.test import Client

from signalcast.accounts.models import AuditEntry, User
from signalcast.feeds.models import Feed
from signalcast.plans.models import Coupon, Plan, Subscription
from signalcast.plans.renew import renew
from signalcast.plans.states import SubscriptionState
from signalcast.plans.subscribe import subscribe
from signalcast.plans.tests.test_verbs import buy
from signalcast.portal.tests.cast import signed_in, staff, text
from signalcast.portal.tests.selling import said, sell

pytestmark = pytest.mark.django_db(transaction=True)

State = SubscriptionState


@pytest.fixture
def plans() -> dict[str, Plan]:
    return sell()


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice@example.org")


ROLES = ("owner", "operator", "support", "analyst", "subscriber", "")
SEEN = {
    "/plans/": ROLES,
    "/app/subscription/": ROLES[:-1],
    "/app/plans/": ROLES[:3],
    "/app/subscribers/": ROLES[:3],
    "/app/coupons/": ROLES[:3],
    "/app/plans/new/": ROLES[:1],
    "/app/plans/gold/": ROLES[:1],
    "/app/coupons/new/": ROLES[:1],
    "/app/subscribers/give/": ROLES[:2],
}
DONE = {
    "/app/plans/gold/archive/": ROLES[:1],
    "/app/plans/new/": ROLES[:1],
    "/app/coupons/new/": ROLES[:1],
    "/app/subscribers/give/": ROLES[:2],
    "/app/subscribers/1/end/": ROLES[:2],
    "/app/coupons/1/archive/": ROLES[:1],
}


@pytest.mark.parametrize("role", ROLES)
def test_each_page_is_for_its_roles(plans: dict[str, Plan], role: str) -> None:
    client = signed_in(staff("somebody", role)) if role else Client()

    for path, roles in SEEN.items():
        expected = 200 if role in roles else 403 if role else 302
        assert client.get(path).status_code == expected, (path, role)
    for path, roles in DONE.items():
        refused = client.post(path).status_code in ((403,) if role else (302,))
        assert refused != (role in roles), (path, role)


FORM: dict[str, object] = {
    "name": "Platinum", "amount": "129.90", "currency": "eur", "interval": "month",
    "trial_days": "7", "grace_days": "3", "kinds": ["email", "live"], "visibility": "public",
    "order": "9", "family": "signals", "description": "All of it.",
}  # fmt: skip


def test_an_owner_makes_a_plan_changes_it_and_archives_it(plans: dict[str, Plan]) -> None:
    olga = signed_in(staff("olga", "owner"))
    form = FORM | {"feeds": [Feed.objects.get().pk]}
    assert "The plan is there" in said(olga, "/app/plans/new/", form)
    made = Plan.objects.get(slug="platinum")
    assert (made.price, made.currency) == (12_990, "EUR")
    assert set(made.channels.values_list("kind", flat=True)) == {"email", "live"}
    assert "129.90 EUR" in text(Client(), "/plans/")

    assert 'value="129.90"' in text(olga, "/app/plans/platinum/")
    said(olga, "/app/plans/platinum/", form | {"slug": "platinum", "amount": "99", "kinds": "live"})
    made.refresh_from_db()
    assert made.price == 9_900
    assert made.channels.count() == 1
    assert "not sold any more" in said(olga, "/app/plans/platinum/archive/", {})
    assert "Platinum" not in text(Client(), "/plans/")
    said(olga, "/app/plans/platinum/archive/", {"act": "restore"})
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == [
        *("plans.created", "plans.changed", "plans.archived", "plans.restored"),
    ]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"currency": "ABC"}, "ISO 4217"),
        ({"amount": "-1"}, "greater than or equal to 0"),
        ({"amount": "1.999"}, "no such fraction"),
        ({"amount": "NaN"}, "Enter a number"),
        ({"amount": "1e400"}, "Ensure that"),
        ({"trial_days": "999"}, "a year at most"),
        ({"slug": "new"}, "Choose another"),
        ({"name": "\N{SNOWMAN}"}, "letters, digits"),
        ({"kinds": ["fax"]}, "not one of the available choices"),
        ({"destinations_per_channel": "0"}, "Give 1 or more"),
        ({"slug": "gold"}, "already exists"),
    ],
)
def test_a_plan_that_can_not_be_is_refused_at_its_field(
    plans: dict[str, Plan], changes: dict[str, object], problem: str
) -> None:
    olga = signed_in(staff("olga", "owner"))
    form = FORM | {"feeds": [Feed.objects.get().pk]} | changes
    answer = olga.post("/app/plans/new/", form)

    assert answer.status_code == 422
    assert problem in answer.content.decode()
    assert Plan.objects.count() == len(plans)


def test_what_somebody_agreed_to_stays(plans: dict[str, Plan], alice: User) -> None:
    one = buy(alice, plans["silver"])
    olga = signed_in(staff("olga", "owner"))
    form = FORM | {"slug": "silver", "interval": "year", "family": "else", "currency": "USD"}
    said(olga, "/app/plans/silver/", form | {"feeds": [Feed.objects.get().pk]})

    plan = Plan.objects.get(slug="silver")
    assert (plan.interval, plan.family, plan.currency) == ("month", "signals", "EUR")
    assert plan.price == 12_990
    assert renew(one, by="payments").amount_due == 2_900


def test_an_owner_sees_who_has_what_and_its_history(plans: dict[str, Plan], alice: User) -> None:
    one = buy(alice, plans["silver"])
    olga = signed_in(staff("olga", "owner"))
    assert "29.00 EUR" in text(olga, "/app/plans/")
    page = text(olga, "/app/subscribers/?plan=silver&state=active&email=ALICE")
    assert "alice@example.org" in page
    assert "Nobody fits" in text(olga, "/app/subscribers/?plan=gold&after=x&email=%00")

    page = text(olga, f"/app/subscribers/{one.pk}/")
    assert "waiting for payment → active" in page
    assert "payments" in page


def test_staff_gives_a_plan_by_hand_and_ends_it_with_a_reason(
    plans: dict[str, Plan], alice: User
) -> None:
    otto = signed_in(staff("otto", "operator"))
    form = {"email": "Alice@Example.org", "plan": "gold", "until": "2099-01-01T12:00", "why": "VIP"}
    page = said(otto, "/app/subscribers/give/", form)
    assert "has it now" in page
    assert "VIP" in page
    one = Subscription.objects.get()
    assert one.ends_at is not None
    assert one.ends_at.isoformat() == "2099-01-01T12:00:00+00:00"

    for wrong, problem in (
        ({"email": "nobody@example.org"}, "Nobody has an account"),
        ({"until": "2001-01-01T12:00"}, "lies in the past"),
        ({"plan": "silver"}, "has gold already"),
        ({"why": " "}, "This field is required"),
    ):
        answer = otto.post("/app/subscribers/give/", form | wrong)
        assert answer.status_code == 422
        assert problem in answer.content.decode()

    path = f"/app/subscribers/{one.pk}/end/"
    assert "Say why" in said(otto, path, {"why": " \0"})
    assert "It is ended" in said(otto, path, {"why": "By mistake."})
    one.refresh_from_db()
    assert one.state == State.CANCELLED
    entries = AuditEntry.objects.order_by("pk").values_list("action", "by", "target")
    assert list(entries) == [
        ("subscriptions.granted", "otto@example.org", "alice@example.org"),
        ("subscriptions.ended", "otto@example.org", "alice@example.org"),
    ]


def test_an_owner_makes_coupons(plans: dict[str, Plan], alice: User) -> None:
    olga = signed_in(staff("olga", "owner"))
    form: dict[str, object] = {"code": "spring26", "percent": "20", "once_per_user": "on"}
    assert "SPRING26" in said(olga, "/app/coupons/new/", form)
    made = Coupon.objects.get()
    assert subscribe(alice, plans["silver"], by=alice.email, code="Spring26").amount_due == 2_320

    path = f"/app/coupons/{made.pk}/"
    said(olga, path, form | {"code": "OTHER", "percent": "", "off": "5.50", "currency": "eur"})
    made.refresh_from_db()
    assert (made.code, made.percent, made.amount, made.currency) == ("SPRING26", None, 550, "EUR")
    assert made.redeemed == 1
    assert "is not taken any more" in said(olga, f"{path}archive/", {})
    assert "is taken again" in said(olga, f"{path}archive/", {"act": "restore"})


@pytest.mark.parametrize(
    "form",
    [
        {"code": "A", "percent": "20", "off": "5", "currency": "EUR"},
        {"code": "A"},
        {"code": "A", "percent": "101"},
        {"code": "A B", "percent": "10"},
        {"code": "A", "off": "5"},
        {"code": "A", "off": "0", "currency": "EUR"},
        {"code": "A", "off": "0.5", "currency": "JPY"},
        {"code": "A", "percent": "5", "valid_from": "2027-01-02", "valid_until": "2027-01-01"},
    ],
)
def test_a_coupon_that_can_not_be_is_refused(form: dict[str, object]) -> None:
    olga = signed_in(staff("olga", "owner"))

    assert olga.post("/app/coupons/new/", form).status_code == 422
    assert not Coupon.objects.exists()
