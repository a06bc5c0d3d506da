"""The mails whose words an owner may replace, and what each of them can name."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from signalcast.core.words import Words

#: What every mail may say: where the installation is.
ADDRESS = "address"
#: What an example has in its place.
EXAMPLES = {
    "address": "https://signals.example.org",
    "amount": "29.00 EUR",
    "code": "4F7K2M",
    "email": "ann@example.org",
    "from_email": "ann@example.org",
    "next": "Gold",
    "plan": "Gold",
    "to_email": "ann@example.com",
    "when": "2026-12-01 12:00 UTC",
}


@dataclass(frozen=True, slots=True)
class Mail:
    """One kind of mail."""

    name: Words
    #: What its words may name, and what they have to.
    names: tuple[str, ...]
    needs: tuple[str, ...] = ()

    @property
    def all_names(self) -> tuple[str, ...]:
        """With what every mail may name."""
        return (*self.names, ADDRESS)


_DUE = ("plan", "next", "when", "amount")
_CODE = ("code",)

#: By key: `reminder.` and the kind of reminder, else allauth's name with a dot for its `/email/`.
MAILS = {
    "reminder.trial_ends": Mail(_("A trial ends soon"), _DUE),
    "reminder.renews": Mail(_("A subscription renews soon"), _DUE),
    "reminder.ends": Mail(_("A subscription ends soon"), _DUE),
    "reminder.grace": Mail(_("A payment is missing"), _DUE),
    "account.email_confirmation_signup": Mail(_("Code for signing up"), _CODE, _CODE),
    "account.email_confirmation": Mail(_("Code for another address"), _CODE, _CODE),
    "account.password_reset_code": Mail(_("Code for a new password"), _CODE, _CODE),
    "account.unknown_account": Mail(_("No account for this address"), ("email",)),
    "account.account_already_exists": Mail(_("An account is there already"), ("email",)),
    "account.password_changed": Mail(_("The password is changed"), ()),
    "account.password_reset": Mail(_("The password is changed by a code"), ()),
    "account.password_set": Mail(_("A password is set"), ()),
    "account.email_changed": Mail(_("The address is changed"), ("from_email", "to_email")),
    "account.export_ready": Mail(_("What is kept of somebody is ready"), ()),
    "account.closed": Mail(_("The account is deleted"), ()),
    "mfa.totp_activated": Mail(_("Codes of an app are on"), ()),
    "mfa.totp_deactivated": Mail(_("Codes of an app are off"), ()),
    "mfa.recovery_codes_generated": Mail(_("New recovery codes"), ()),
    "mfa.webauthn_added": Mail(_("A passkey is added"), ()),
    "mfa.webauthn_removed": Mail(_("A passkey is removed"), ()),
    "socialaccount.account_connected": Mail(_("A way in is added"), ()),
    "socialaccount.account_disconnected": Mail(_("A way in is removed"), ()),
}
