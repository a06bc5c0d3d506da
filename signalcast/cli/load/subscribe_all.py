"""Give the users of a document the plans that it names."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone

from signalcast.accounts.models import User
from signalcast.cli.load import document as parts
from signalcast.plans.models import Plan, Subscription, SubscriptionChange
from signalcast.plans.states import SubscriptionState, current_key

#: Rows of one statement.
BATCH = 500


def subscribe_all(by_email: Mapping[str, parts.User], rows: Mapping[str, User]) -> set[str]:
    """Subscriptions without a price and without an end, from now on. Who ever had a plan is left
    alone. Returns the addresses of those who got one."""
    plans = {plan.slug: plan for plan in Plan.objects.all()}
    had = set(Subscription.objects.values_list("user_id", "plan__slug"))
    began = timezone.now()
    active = SubscriptionState.ACTIVE
    made = {
        str(key): Subscription(
            user=rows[email],
            plan=plans[slug],
            starts_at=began,
            currency=plans[slug].currency,
            current_key=key,
        )
        for email, user in by_email.items()
        for slug in user.plans
        if (rows[email].pk, slug) not in had
        and (key := current_key(rows[email].pk, plans[slug].group, active))
    }
    Subscription.objects.bulk_create(made.values(), batch_size=BATCH)
    keys = list(made)
    for at in range(0, len(keys), BATCH):
        # Asked for, since not every engine tells the ids of many new rows.
        stored = Subscription.objects.filter(current_key__in=keys[at : at + BATCH])
        SubscriptionChange.objects.bulk_create(
            SubscriptionChange(
                subscription=one,
                plan_id=one.plan_id,
                to_state=active,
                by="shell",
                why="Loaded from a document.",
            )
            for one in stored
        )
    return {one.user.email for one in made.values()}
