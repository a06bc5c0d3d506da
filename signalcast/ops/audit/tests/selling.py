"""What staff does about plans, subscribers and payments, as `actions` lists it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from signalcast.payments.approve import approve
from signalcast.payments.models import Charge
from signalcast.payments.tests.market import due, person, plan
from signalcast.plans.grant import grant
from signalcast.plans.models import Coupon
from signalcast.portal.tests.cast import Cast
from signalcast.shop.models import MailText

Asked = tuple[Mapping[str, Any], Mapping[str, Any]]
Prepare = Callable[[Cast], Asked]

PLAN = {
    "name": "Silver",
    "slug": "silver",
    "amount": "9",
    "currency": "EUR",
    "interval": "month",
    "trial_days": "0",
    "grace_days": "3",
    "kinds": ["webhook"],
    "visibility": "public",
    "order": "1",
    "family": "",
    "description": "",
    "destinations_per_channel": "",
}
COUPON = {"code": "SPRING", "percent": "10", "once_per_user": "on"}


def created_plan(cast: Cast) -> Asked:
    """The form of a new plan."""
    return {}, PLAN | {"feeds": [cast.world.feed.pk]}


def changed_plan(cast: Cast) -> Asked:
    """A plan that is there, and another name for it."""
    return {"slug": plan("platinum").slug}, PLAN | {
        "slug": "platinum",
        "feeds": [cast.world.feed.pk],
    }


def archived_plan(act: str) -> Prepare:
    """A plan that is there."""
    return lambda _cast: ({"slug": plan("platinum").slug}, {"act": act})


def changed_coupon(_cast: Cast) -> Asked:
    """A coupon that is there, and another discount."""
    return {"pk": Coupon.objects.create(code="SPRING", percent=5).pk}, COUPON


def archived_coupon(act: str) -> Prepare:
    """A coupon that is there."""
    return lambda _cast: ({"pk": Coupon.objects.create(code="SPRING", percent=5).pk}, {"act": act})


def mail_words(_cast: Cast) -> Asked:
    """Words for a mail."""
    return {"key": "reminder.ends"}, {"subject": "Soon", "body": "It ends."}


def reset_words(_cast: Cast) -> Asked:
    """Words that are there."""
    MailText.objects.create(key="reminder.ends", subject="Soon", body="It ends.")
    return {"key": "reminder.ends"}, {}


def given_plan(cast: Cast) -> Asked:
    """A plan for somebody who has none."""
    email = person("nora").email
    return {}, {"email": email, "plan": plan("platinum").slug, "why": "A present."}


def ended_subscription(_cast: Cast) -> Asked:
    """A plan that somebody has."""
    made = grant(
        person("nora"), plan("platinum"), until=None, by="olga@example.org", why="A present."
    )
    return {"pk": made.pk}, {"why": "A mistake."}


def decided_payment(act: str) -> Prepare:
    """A bank transfer that somebody announced."""
    return lambda _cast: ({"pk": _charge().pk}, {"act": act, "reason": "Nothing came."})


def refunded(_cast: Cast) -> Asked:
    """A bank transfer that came."""
    charge = _charge()
    approve(charge.pk, by="olga@example.org")
    return {"pk": charge.pk}, {"amount": "1.00", "reason": "A week without signals."}


def _charge() -> Charge:
    return due(person("nora"), plan("platinum"))
