"""The business in its owner's words, in the back office; it is changed at /app/settings/."""

from __future__ import annotations

from signalcast.core.back_office import BackOffice, listed
from signalcast.shop.models import LegalText, MailText, Setting


@listed(Setting)
class SettingAdmin(BackOffice):
    """All that has one value."""

    list_display = ("name", "accent", "accent_dark", "tax_name", "tax_rate", "currency")


@listed(LegalText)
class LegalTextAdmin(BackOffice):
    """Texts that the law asks for."""

    list_display = ("slug", "language", "changed_at")


@listed(MailText)
class MailTextAdmin(BackOffice):
    """The owner's words for mails."""

    list_display = ("key", "language", "subject", "changed_at")
