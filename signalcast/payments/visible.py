"""Whose payments are whose to see: the only way that pages and programs get at them."""

from __future__ import annotations

from django.db.models import QuerySet

from signalcast.accounts.models import User
from signalcast.accounts.roles import BOOKKEEPERS
from signalcast.payments.models import Charge


def visible_charges(user: User) -> QuerySet[Charge]:
    """Everybody's payments for those who look after them; else one's own."""
    rows = Charge.objects.all()
    return rows if user.has_role(*BOOKKEEPERS) else rows.filter(user=user)
