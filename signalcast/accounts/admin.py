"""People in the back office: who they are, never what lets them in."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.utils.translation import gettext as _

from signalcast.accounts.models import AccountExport, ApiToken, AuditEntry, RoleGrant, User
from signalcast.core.back_office import BackOffice, listed


class UserForm(forms.ModelForm[User]):
    """What a person is called and reads."""

    def clean_language(self) -> str:
        """One that there is."""
        language = str(self.cleaned_data["language"])
        known = [code for code, _name in settings.LANGUAGES]
        if language and language not in known:
            words = _("One of %(languages)s, or nothing for that of the installation.")
            raise forms.ValidationError(words % {"languages": ", ".join(known)})
        return language


@listed(User)
class UserAdmin(BackOffice):
    """Address and password are their owner's, and prove who it is."""

    form = UserForm
    list_display = ("email", "name", "language", "is_active", "created_at")
    search_fields = ("email", "name")
    list_filter = ("is_active",)
    editable = ("name", "language")


@listed(RoleGrant)
class RoleGrantAdmin(BackOffice):
    """Roles are given by `signalcast owner`."""

    list_display = ("user", "role")
    search_fields = ("user__email",)
    list_filter = ("role",)


@listed(AccountExport)
class AccountExportAdmin(BackOffice):
    """When somebody asked for it; what is in it is that person's."""

    list_display = ("user", "asked_at", "ready_at")
    search_fields = ("user__email",)


@listed(ApiToken)
class ApiTokenAdmin(BackOffice):
    """Programs that act for people; their owners make and revoke them."""

    list_display = (
        "user",
        "name",
        "prefix",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    search_fields = ("user__email", "name")


@listed(AuditEntry)
class AuditEntryAdmin(BackOffice):
    """Also at /ops/audit/, by person and action."""

    list_display = ("at", "by", "action", "target", "count")
    by_key = True


@listed(EmailAddress)
class EmailAddressAdmin(BackOffice):
    """Addresses, proved or not."""

    list_display = ("email", "user", "verified", "primary")
    search_fields = ("email",)
    list_filter = ("verified",)


@listed(Authenticator)
class AuthenticatorAdmin(BackOffice):
    """That somebody has a second factor, and of which kind."""

    list_display = ("user", "type", "created_at", "last_used_at")
    search_fields = ("user__email",)
    list_filter = ("type",)
    hidden = ("data",)


@listed(UserSession)
class UserSessionAdmin(BackOffice):
    """Browsers that somebody is signed in with."""

    list_display = ("user", "ip", "last_seen_at", "created_at")
    search_fields = ("user__email",)
    hidden = ("data",)


@listed(SocialAccount)
class SocialAccountAdmin(BackOffice):
    """Accounts at other sites by which somebody signs in."""

    list_display = ("user", "provider", "last_login", "date_joined")
    search_fields = ("user__email",)
    hidden = ("extra_data",)
