"""Begin what needs no payment now: a free plan, a trial, what a coupon pays for whole."""

from __future__ import annotations

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from signalcast.accounts.models import User
from signalcast.core.clock import read_moment
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.quote import quote
from signalcast.plans.states import Refused
from signalcast.plans.subscribe import has_trial, subscribe


class ToBePaid(Refused):
    """The plan begins with a payment."""


def take(user: User, plan: Plan, *, by: str, code: str = "") -> Subscription:
    """USER's subscription to PLAN, which begins now. CODE is a coupon's.

    Raises ToBePaid where something is to be paid first, and Refused.
    """
    if plan.visibility == Plan.Visibility.ARCHIVED:
        raise Refused(_("This plan is not sold any more. Choose another one."))
    now = User.objects.filter(pk=user.pk).annotate(now=Now()).values_list("now", flat=True).get()
    asked = quote(plan, user_id=user.pk, code=code, at=read_moment(now))
    if asked.total and not has_trial(user, plan):
        raise ToBePaid(_("This plan can not be paid for here yet. Ask us for it."))
    return subscribe(user, plan, by=by, code=code)
