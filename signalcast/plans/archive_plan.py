"""Sell a plan no more."""

from __future__ import annotations

from django.db import transaction

from signalcast.accounts.models import User
from signalcast.accounts.noted import noted
from signalcast.core import events
from signalcast.plans.models import Plan


def archive_plan(plan: Plan, *, by: User) -> None:
    """Nobody can buy it from now on. Who has it keeps it."""
    plan.visibility = Plan.Visibility.ARCHIVED
    with transaction.atomic():
        plan.save(update_fields=["visibility"])
        noted(by, "plans.archived", target=plan.slug)
    events.emit("plan.archived", plan=plan.slug)
