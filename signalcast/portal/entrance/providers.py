"""Signing in with somebody else's word: what a provider's word is worth."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from signalcast.accounts.models import Role, RoleGrant, User, normal_email
from signalcast.core import events
from signalcast.core.env import environment
from signalcast.portal.entrance.mail import mail_server


class Providers(DefaultSocialAccountAdapter):
    """Ours."""

    error_messages: ClassVar[dict[str, str | Promise]] = (
        DefaultSocialAccountAdapter.error_messages
        | {
            "disconnect_last": _("It is your only way in. Set a password first."),
            "no_password": _("It is your only way in. Set a password first."),
            "connected_other": _("It belongs to another account here."),
        }
    )

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """As at sign-up; an address that the provider has proved needs no code of ours."""
        proved = any(one.verified for one in sociallogin.email_addresses)
        return environment().sign_up and (proved or mail_server() is not None)

    def populate_user(
        self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]
    ) -> User:
        """The address in our spelling, and a name."""
        user: User = super().populate_user(request, sociallogin, data)
        user.email = normal_email(user.email)
        user.name = str(data.get("name") or "")[:120]
        return user

    def save_user(
        self, request: HttpRequest, sociallogin: SocialLogin, form: BaseForm | None = None
    ) -> User:
        """Whoever signs up is a subscriber, of nothing yet."""
        saved: User = super().save_user(request, sociallogin, form)
        RoleGrant.objects.get_or_create(user=saved, role=Role.SUBSCRIBER)
        return saved

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: BaseException | None = None,
        extra_context: Any = None,
    ) -> None:
        """Tell the operator, who may have given a wrong key."""
        why = str(exception or error or "unknown")
        events.warn("sign_in.provider_failed", provider=str(provider), why=why[:200])
