"""A plan as its reader sees it on the pricing page, and what may be done with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.accounts.models import User
from signalcast.channels.registry import sellable
from signalcast.core.env import environment
from signalcast.core.money import PLACES, told
from signalcast.payments.gateways.registry import ready
from signalcast.plans.channel_words import CHANNELS
from signalcast.plans.models import Plan, Subscription
from signalcast.plans.states import CURRENT, SubscriptionState

EACH: dict[str, Any] = {
    Plan.Interval.MONTH: gettext_lazy("a month"),
    Plan.Interval.QUARTER: gettext_lazy("a quarter"),
    Plan.Interval.YEAR: gettext_lazy("a year"),
    Plan.Interval.LIFETIME: gettext_lazy("once, for a lifetime"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One plan. `act` is what its button does: see `_act`."""

    plan: Plan
    amount: str
    each: str
    feeds: list[str]
    channels: list[str]
    act: str
    url: str = ""
    #: The reader's own subscription to it or to an alternative.
    mine: Subscription | None = None


def offered(user: User | None) -> list[Card]:
    """The cards of the public plans in their order, as USER or a stranger sees them."""
    return cards(Plan.objects.filter(visibility=Plan.Visibility.PUBLIC), user)


def cards(plans: QuerySet[Plan], user: User | None) -> list[Card]:
    """Cards of plans in their order. Five statements for however many."""
    rows = plans.prefetch_related("feeds", "channels").order_by("order", "price", "pk")
    mine: dict[str, Subscription] = {}
    tried: set[str] = set()
    if user is not None:
        for one in Subscription.objects.filter(user=user).select_related("plan"):
            if one.state in CURRENT:
                mine[one.plan.group] = one
            if one.trial_ends_at:
                tried.add(one.plan.group)
    return [_card(plan, user, mine.get(plan.group), plan.group in tried) for plan in rows]


def amount(plan_price: int, currency: str) -> str:
    """A price without the places that say nothing: 29 EUR."""
    words = told(plan_price, currency)
    places = PLACES.get(currency, 2)
    return words.replace("." + "0" * places, "") if places else words


def checkout_url(plan: Plan) -> str:
    """Where PLAN is paid for; empty where nothing can be paid here."""
    return reverse("checkout", args=[plan.slug]) if ready() else ""


def contact_url(plan: Plan) -> str:
    """Whom to ask for PLAN; empty where nobody is named."""
    address = environment().contact
    return f"mailto:{address}?subject={plan.slug}" if address else ""


def channel_names(kinds: Iterable[str]) -> list[str]:
    """Channels in words, in the order of the list."""
    wanted = set(kinds)
    order = ("live", "telegram", "discord", "email", "webhook", "apprise")
    known = [kind for kind in order if kind in sellable()]
    others = [kind for kind in sellable() if kind not in order]
    return [str(CHANNELS.get(kind, kind)) for kind in (*known, *others) if kind in wanted]


def _card(plan: Plan, user: User | None, mine: Subscription | None, tried: bool) -> Card:
    act, url = _act(plan, user, mine, tried)
    return Card(
        plan=plan,
        amount=amount(plan.price, plan.currency) if plan.price else _("Free"),
        each=str(EACH[plan.interval]) if plan.price else "",
        feeds=sorted(feed.name for feed in plan.feeds.all()),
        channels=channel_names(one.kind for one in plan.channels.all()),
        act=act,
        url=url,
        mine=mine,
    )


def _act(plan: Plan, user: User | None, mine: Subscription | None, tried: bool) -> tuple[str, str]:
    """What the button does: `have`, `change`, `sign_in`, `begin` (free), `try`, `pay`, `ask`, or
    nothing; and where it leads."""
    if mine and mine.state != SubscriptionState.PENDING:
        if mine.plan_id == plan.pk:
            return "have", reverse("subscription")
        return "change", reverse("alternatives", args=[mine.pk])
    if not plan.price or (plan.trial_days and not tried):
        kind = "try" if plan.price else "begin"
        return (kind if user else f"{kind}_signed_in"), reverse("choose", args=[plan.slug])
    if url := checkout_url(plan):
        return "pay", url
    if url := contact_url(plan):
        return "ask", url
    return "", ""
