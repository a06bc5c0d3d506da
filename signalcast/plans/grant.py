"""Give somebody a plan by hand."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.accounts.audit import audit
from signalcast.accounts.models import User
from signalcast.core.retry import retried
from signalcast.plans.lock import lock_user
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.redeem import give_back
from signalcast.plans.states import Refused, SubscriptionState, begin, transition
from signalcast.plans.subscribe import current_of

State = SubscriptionState


def grant(user: User, plan: Plan, *, until: datetime | None, by: str, why: str) -> Subscription:
    """Give USER the PLAN for nothing, until that moment or without end. WHY is asked for.

    One that waits for payment makes way. It is noted in the audit log. Raises Refused.
    """
    if not why.strip():
        raise Refused(_("Say why: it is noted."))

    def act() -> Subscription:
        with transaction.atomic():
            now = lock_user(user.pk)
            if until is not None and until <= now:
                raise Refused(_("The end lies in the past. Choose a later one."))
            current = current_of(user.pk, plan)
            if current and current.state == State.PENDING:
                give_back(current)
                given = gettext_lazy("The plan was given by hand.")
                transition(current, State.CANCELLED, by=by, why=given)
            elif current:
                raise Refused(
                    _("%(user)s has %(plan)s already. End that first.")
                    % {"user": user.email, "plan": current.plan.name}
                )
            made = Subscription(
                user=user,
                plan=plan,
                state=State.ACTIVE,
                starts_at=now,
                period_start=now,
                period_end=until,
                ends_at=until,
                cancel_at_period_end=until is not None,
                currency=plan.currency,
            )
            begin(made, by=by, why=why)
            audit(
                "subscriptions.granted",
                by=by,
                target=user.email,
                plan=plan.slug,
                until=until,
                reason=why,
            )
            return made

    return retried(act)
