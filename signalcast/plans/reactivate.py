"""Let a subscription go on that was cancelled while time is left."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.retry import retried
from signalcast.plans.lock import lock
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.periods import access_end
from signalcast.plans.states import CURRENT, Refused, SubscriptionState, transition

State = SubscriptionState


def reactivate(subscription: Subscription, *, by: str, why: str = "") -> Subscription:
    """Take back that it ends with its period, or that it was ended at once within a paid one.

    Raises Refused where its time is over, or it was not cancelled.
    """

    def act() -> Subscription:
        with transaction.atomic():
            found, now = lock(subscription.pk)
            over = found.state not in CURRENT
            if not over and not found.cancel_at_period_end:
                raise Refused(_("It is not cancelled."))
            if over and found.state != State.CANCELLED:
                raise Refused(_("Its time is over. Subscribe anew."))
            if found.period_end is None or found.period_end <= now:
                raise Refused(_("Its time is over. Subscribe anew."))
            if not over and found.plan.visibility == Plan.Visibility.ARCHIVED:
                raise Refused(_("This plan is not sold any more. Choose another one."))
            on_trial = found.trial_ends_at == found.period_end
            back = State.TRIALING if on_trial else State.ACTIVE
            transition(
                found,
                back if over else State(found.state),
                by=by,
                why=why or gettext_lazy("Reactivated."),
                cancel_at_period_end=False,
                ends_at=access_end(found.plan, found.period_end, renews=not on_trial),
            )
            return found

    return retried(act)
