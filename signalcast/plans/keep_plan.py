"""Forget a change of plan that was to come."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.retry import retried
from signalcast.plans.cancel import no_next_plan
from signalcast.plans.lock import lock
from signalcast.plans.models import Subscription
from signalcast.plans.states import Refused, SubscriptionState, transition


def keep_plan(subscription: Subscription, *, by: str) -> Subscription:
    """Let it go on with the plan that it has. Raises Refused where no change is to come."""

    def act() -> Subscription:
        with transaction.atomic():
            found, _now = lock(subscription.pk)
            if found.next_plan is None:
                raise Refused(_("No change is to come."))
            transition(
                found,
                SubscriptionState(found.state),
                by=by,
                why=gettext_lazy("The plan stays as it is."),
                **no_next_plan(found),
            )
            return found

    return retried(act)
