"""The states of a subscription, which may follow which, and the one way from one to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core import events
from signalcast.core.words import Words

if TYPE_CHECKING:
    from signalcast.plans.models import Subscription


class Refused(ValueError):
    """What was asked of a plan or a subscription can't be. A sentence that says what to do."""


class SubscriptionState(models.TextChoices):
    """Where a subscription stands. Whether it entitles is also a matter of its times."""

    #: Asked for, not paid yet.
    PENDING = "pending", gettext_lazy("waiting for payment")
    TRIALING = "trialing", gettext_lazy("on trial")
    ACTIVE = "active", gettext_lazy("active")
    #: A payment failed while there is time left; another try is expected.
    PAST_DUE = "past_due", gettext_lazy("past due")
    #: The paid period is over and nothing was paid; the plan's days of grace run.
    GRACE = "grace", gettext_lazy("in grace")
    #: Ended by a person.
    CANCELLED = "cancelled", gettext_lazy("cancelled")
    #: Ended by time.
    EXPIRED = "expired", gettext_lazy("expired")


S = SubscriptionState

#: States that entitle, from `starts_at` to `ends_at`.
ENTITLING = (S.TRIALING, S.ACTIVE, S.PAST_DUE, S.GRACE)
#: States of the one current subscription that a user has of a family.
CURRENT = (S.PENDING, *ENTITLING)

#: States that a subscription may begin in.
FIRST = frozenset({S.PENDING, S.TRIALING, S.ACTIVE})

#: Which state may follow which. A state follows itself when times or the plan change.
TABLE: dict[SubscriptionState, frozenset[SubscriptionState]] = {
    S.PENDING: frozenset({S.ACTIVE, S.CANCELLED, S.EXPIRED}),
    S.TRIALING: frozenset({S.TRIALING, S.ACTIVE, S.PAST_DUE, S.CANCELLED, S.EXPIRED}),
    S.ACTIVE: frozenset({S.ACTIVE, S.PAST_DUE, S.GRACE, S.CANCELLED, S.EXPIRED}),
    S.PAST_DUE: frozenset({S.PAST_DUE, S.ACTIVE, S.GRACE, S.CANCELLED, S.EXPIRED}),
    S.GRACE: frozenset({S.GRACE, S.ACTIVE, S.CANCELLED, S.EXPIRED}),
    # Back while time is left, as when a dispute is won.
    S.CANCELLED: frozenset({S.TRIALING, S.ACTIVE}),
    # By a payment that came late.
    S.EXPIRED: frozenset({S.ACTIVE}),
}


def current_key(user_id: int, family: str, state: str) -> str | None:
    """What is unique among current subscriptions: a user and a family. None once it is over.

    A plain unique column, since MariaDB leaves out conditional constraints without a word.
    """
    return f"{user_id}:{family}" if state in CURRENT else None


def begin(subscription: Subscription, *, by: str, why: Words) -> None:
    """Store a new SUBSCRIPTION in the state that it has, and write that down.

    BY and WHY as for `transition`. Raises Refused where its user has another current one.
    """
    state = SubscriptionState(subscription.state)
    if state not in FIRST:
        raise Refused(_("A subscription can not begin as %(state)s.") % {"state": state.label})
    subscription.current_key = current_key(subscription.user_id, subscription.plan.group, state)
    try:
        with transaction.atomic():
            subscription.save(force_insert=True)
    except IntegrityError:
        raise Refused(already_one()) from None
    _note(subscription, "", by=by, why=why)


def transition(
    subscription: Subscription, to: SubscriptionState, *, by: str, why: Words, **changes: Any
) -> None:
    """Take SUBSCRIPTION to state TO, with CHANGES of its other fields, and write that down.

    BY is an e-mail address, or what acted (`payments`, `schedule`, `shell`); WHY a sentence, lazy
    where it can be translated.
    Call it in a transaction; the row is changed only if it is still in the state it was read in.
    Raises Refused.
    """
    was = SubscriptionState(subscription.state)
    if to not in TABLE[was]:
        raise Refused(
            _("A subscription that is %(was)s can not become %(to)s.")
            % {"was": was.label, "to": to.label}
        )
    plan = changes.get("plan", subscription.plan)
    values = {
        "state": to,
        "current_key": current_key(subscription.user_id, plan.group, to),
        **changes,
    }
    rows = type(subscription).objects.filter(pk=subscription.pk, state=was)
    try:
        with transaction.atomic():
            changed = rows.update(**values)
    except IntegrityError:
        raise Refused(already_one()) from None
    if not changed:
        raise Refused(_("It has changed meanwhile. Look at it again."))
    for name, value in values.items():
        setattr(subscription, name, value)
    _note(subscription, was, by=by, why=why)


def already_one() -> str:
    """The sentence about a second current subscription of a family."""
    return _("There is a current subscription to one of these plans. Change or end that one.")


def _note(subscription: Subscription, was: str, *, by: str, why: Words) -> None:
    from signalcast.plans.keep_recurring import keep_recurring  # which knows the states

    # Its readers are staff: in the installation's language, whatever the one of who did it is.
    with translation.override(settings.LANGUAGE_CODE):
        words = str(why)
    subscription.changes.create(
        plan=subscription.plan, from_state=was, to_state=subscription.state, by=by, why=words
    )
    keep_recurring(subscription)
    events.emit(
        f"subscription.{subscription.state}",
        subscription=subscription.pk,
        plan=subscription.plan.slug,
        was=was,
        by=by,
    )
