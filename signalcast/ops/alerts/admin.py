"""Alerts in the back office; they are set up at /ops/alerts/."""

from __future__ import annotations

from signalcast.core.back_office import BackOffice, listed
from signalcast.ops.alerts.models import Alert, Maintenance, Notice, Receiver, RuleSetting


@listed(RuleSetting)
class RuleSettingAdmin(BackOffice):
    """What the owner changed about rules."""

    list_display = ("rule", "is_on", "threshold", "throttle")
    search_fields = ("rule",)


@listed(Receiver)
class ReceiverAdmin(BackOffice):
    """Who is told."""

    list_display = ("kind", "address", "is_on", "last_sent_at", "last_error")
    search_fields = ("address",)
    list_filter = ("kind", "is_on")


@listed(Alert)
class AlertAdmin(BackOffice):
    """What is wrong and was."""

    list_display = ("since", "key", "words", "resolved_at", "acknowledged_by")
    search_fields = ("key",)
    list_filter = ("rule",)
    date_hierarchy = "since"


@listed(Notice)
class NoticeAdmin(BackOffice):
    """Messages about alerts."""

    list_display = ("alert", "receiver", "about", "sent_at", "tries", "error")
    list_filter = ("about",)


@listed(Maintenance)
class MaintenanceAdmin(BackOffice):
    """Times in which nobody is told."""

    list_display = ("starts_at", "ends_at", "rule", "by", "reason")
    editable = ("reason",)
