"""Maintenances that have begun and are not over."""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.functions import Now

from signalcast.ops.alerts.models import Maintenance


def lasting() -> QuerySet[Maintenance]:
    """Those during which nobody is told, by the database's clock; not what is planned for later."""
    return Maintenance.objects.filter(starts_at__lte=Now(), ends_at__gt=Now())
