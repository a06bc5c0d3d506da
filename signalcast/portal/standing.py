"""How a subscription stands, in words for its owner, and what may be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from signalcast.core.money import told
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.states import CURRENT, ENTITLING, SubscriptionState
from signalcast.portal.plan_cards import channel_names, checkout_url

State = SubscriptionState
#: How a badge looks.
LOOKS = {State.TRIALING: "open", State.ACTIVE: "open", State.PAST_DUE: "wait", State.GRACE: "wait"}


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscription with what its page says of it."""

    subscription: Subscription
    words: str
    look: str
    #: What comes next, and when; empty where nothing does.
    next: str
    at: datetime | None
    feeds: list[str]
    channels: list[str]
    can_cancel: bool
    can_reactivate: bool
    can_change: bool
    #: Where what is due is paid; empty where it can't be, or nothing is.
    pay: str


def standing(one: Subscription, now: datetime, *, has_alternatives: bool) -> Standing:
    """How ONE stands at that moment: its state may lag behind its times for a minute."""
    over = _is_over(one, now)
    ends = one.cancel_at_period_end
    words, look = _state(one, over)
    next_, at = ("", None) if over else _next(one)
    late = one.state in (State.PENDING, State.TRIALING, State.PAST_DUE, State.GRACE)
    return Standing(
        subscription=one,
        words=words,
        look=look,
        next=next_,
        at=at,
        feeds=sorted(feed.name for feed in one.plan.feeds.all()),
        channels=channel_names(row.kind for row in one.plan.channels.all()),
        can_cancel=not over and not ends,
        can_reactivate=not over and ends and one.plan.visibility != Plan.Visibility.ARCHIVED,
        can_change=has_alternatives
        and not over
        and not ends
        and one.state in (State.TRIALING, State.ACTIVE),
        pay=checkout_url(one.plan) if late and not over and not ends and one.amount_due else "",
    )


def _is_over(one: Subscription, now: datetime) -> bool:
    ended = one.state in ENTITLING and one.ends_at is not None and one.ends_at <= now
    return one.state not in CURRENT or ended


def _state(one: Subscription, over: bool) -> tuple[str, str]:
    if over:
        said = _("Was cancelled") if one.state == State.CANCELLED else _("Over")
        return said, ""
    if one.cancel_at_period_end:
        return _("Ends soon"), "wait"
    words = {
        State.PENDING: _("Waiting for your payment"),
        State.TRIALING: _("On trial"),
        State.ACTIVE: _("Active"),
        State.PAST_DUE: _("A payment failed"),
        State.GRACE: _("A payment is missing"),
    }
    state = State(one.state)
    return words[state], LOOKS.get(state, "wait")


def _next(one: Subscription) -> tuple[str, datetime | None]:
    due = told(one.amount_due, one.currency)
    if one.state == State.PENDING:
        return _("%(due)s to be paid") % {"due": due}, None
    if one.period_end is None:
        return _("No payment is due, and it has no end."), None
    if one.cancel_at_period_end:
        return _("You get signals until"), one.period_end
    if one.state == State.TRIALING:
        return _("To go on, %(due)s is to be paid until") % {"due": due}, one.period_end
    if one.state in (State.PAST_DUE, State.GRACE):
        return _("%(due)s is missing. You get signals until") % {"due": due}, one.ends_at
    return _("The next payment is %(due)s on") % {"due": due}, one.period_end
