"""Change a plan to what its form was filled in with."""

from __future__ import annotations

from django.db import transaction

from signalcast.accounts.models import User
from signalcast.accounts.noted import noted
from signalcast.core import events
from signalcast.plans.manage_form import PlanForm
from signalcast.plans.models import Plan


def modify_plan(form: PlanForm, *, by: User) -> Plan:
    """The plan of a valid FORM, changed. What somebody agreed to stays."""
    with transaction.atomic():
        plan = form.save()
        noted(by, "plans.changed", target=plan.slug, fields=", ".join(form.changed_data))
    events.emit("plan.changed", plan=plan.slug)
    return plan
