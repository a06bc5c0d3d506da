"""Make a plan of what its form was filled in with."""

from __future__ import annotations

from django.db import transaction

from signalcast.accounts.models import User
from signalcast.accounts.noted import noted
from signalcast.core import events
from signalcast.plans.manage_form import PlanForm
from signalcast.plans.models import Plan


def make_plan(form: PlanForm, *, by: User) -> Plan:
    """The plan of a valid FORM."""
    with transaction.atomic():
        plan = form.save()
        noted(by, "plans.created", target=plan.slug)
    events.emit("plan.created", plan=plan.slug)
    return plan
