"""Change to another plan of the family: at once, or with the next period."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.money import told
from signalcast.core.retry import retried
from signalcast.plans.lock import lock
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.offer_change import Offer, first_due, offer_change
from signalcast.plans.periods import access_end
from signalcast.plans.renew import switched
from signalcast.plans.states import Refused, SubscriptionState, transition

State = SubscriptionState


def change_plan(
    subscription: Subscription,
    plan: Plan,
    *,
    by: str,
    paid: int = 0,
    quoted_at: datetime | None = None,
) -> Offer:
    """Change SUBSCRIPTION to PLAN as `offer_change` says. Returns what was done.

    PAID: minor units that came for this change; QUOTED_AT: the moment of the offer that they were
    paid for, since what is due changes by the second. Raises Refused, as where less was paid than
    is due.
    """

    def act() -> Offer:
        with transaction.atomic():
            found, now = lock(subscription.pk)
            offer = offer_change(found, Plan.objects.get(pk=plan.pk), at=quoted_at or now)
            if offer.due > paid:
                due = told(offer.due, offer.plan.currency)
                raise Refused(_("The change costs %(due)s. Pay that first.") % {"due": due})
            _change(found, offer, by)
            return offer

    return retried(act)


def _change(found: Subscription, offer: Offer, by: str) -> None:
    plan = offer.plan
    if not offer.at_once:
        transition(
            found,
            State(found.state),
            by=by,
            why=gettext_lazy("Another plan was asked for, from the next period on."),
            next_plan=plan,
            next_plan_at=offer.at,
            amount_due=plan.price,
        )
        return
    changes: dict[str, Any] = switched(plan)
    if found.state == State.TRIALING:
        changes["amount_due"] = first_due(found, plan)
    else:
        end = offer.period_end
        changes |= {
            "period_start": found.period_start if end == found.period_end else offer.at,
            "period_end": end,
            "period_paid": plan.price,
            "ends_at": access_end(plan, end, renews=True),
            "amount_due": 0 if plan.is_endless else plan.price,
        }
    why = gettext_lazy("The plan was changed.")
    transition(found, State(found.state), by=by, why=why, **changes)
