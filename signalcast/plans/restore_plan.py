"""Sell a plan again that was archived."""

from __future__ import annotations

from django.db import transaction

from signalcast.accounts.models import User
from signalcast.accounts.noted import noted
from signalcast.core import events
from signalcast.plans.models import Plan


def restore_plan(plan: Plan, *, by: User) -> None:
    """Who has its link can buy it; it comes back to the page of prices where its owner says so."""
    plan.visibility = Plan.Visibility.HIDDEN
    with transaction.atomic():
        plan.save(update_fields=["visibility"])
        noted(by, "plans.restored", target=plan.slug)
    events.emit("plan.restored", plan=plan.slug)
