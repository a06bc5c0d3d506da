"""What allauth leaves to us: who may sign up, how mail is sent, how tries are counted."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from signalcast.accounts.models import Role, RoleGrant, User, normal_email
from signalcast.channels.base import AddressError
from signalcast.channels.email.address import read_address
from signalcast.core import events
from signalcast.core.env import environment
from signalcast.portal.entrance.mail import mail_server, send_later
from signalcast.portal.entrance.mail_words import words_of
from signalcast.portal.entrance.profile import speaking

#: Browsers that one person is signed in with at a time; the oldest gives way.
MOST_SESSIONS = 20


class Adapter(DefaultAccountAdapter):
    """Ours."""

    error_messages: ClassVar[dict[str, str | Promise]] = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed. Ask the owner of this installation."),
        "duplicate_email": _("This is your address already."),
        "email_password_mismatch": _("This e-mail address and password do not fit together."),
        "enter_current_password": _("This is not your password."),
        "incorrect_code": _("This code does not fit. Look at the newest mail."),
        "incorrect_password": _("This is not your password."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, then try again."),
        "rate_limited": _("Too many tries. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Where the owner lets people in, and a code can reach them."""
        return environment().sign_up and mail_server() is not None

    def clean_email(self, email: str) -> str:
        """An address that mail can be sent to, in its one spelling."""
        try:
            return normal_email(read_address(email))
        except AddressError as problem:
            raise ValidationError(str(problem)) from None

    def save_user(
        self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True
    ) -> User:
        """Somebody who signed up is a subscriber, of nothing yet, and is spoken to as now."""
        spoken = get_language() or settings.LANGUAGE_CODE
        user.language = "" if spoken == settings.LANGUAGE_CODE else spoken
        saved: User = super().save_user(request, user, form, commit)
        RoleGrant.objects.create(user=saved, role=Role.SUBSCRIBER)
        return saved

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Have it sent by a job. Subject and text are plain, so nothing in them is escaped."""
        if mail_server() is None:
            return
        subject, text = words_of(template_prefix, context | {"email": email})
        try:
            send_later(read_address(email), subject, text)
        except AddressError as problem:
            events.warn("account_mail.not_sent", why=str(problem))

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Take a proved address, unless somebody else signs in with it."""
        others = User.objects.filter(email=email_address.email).exclude(pk=email_address.user_id)
        return not others.exists() and super().confirm_email(request, email_address)

    def get_client_ip(self, request: HttpRequest) -> str:
        """As the server found it, which knows the proxies that it believes."""
        try:
            return str(ip_address(request.META.get("REMOTE_ADDR", "")))
        except ValueError:  # by a socket of this machine
            return "0.0.0.0"  # noqa: S104 - nothing is bound

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Theirs; who has none of them sets a password by a code first."""
        found: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        reset = reverse("account_reset_password")
        return found or [{"id": "reset", "description": _("Set a new password"), "url": reset}]

    def login(self, request: HttpRequest, user: User) -> None:
        """Let somebody in, and end what is more than enough: each sign-in looks at all of them."""
        rows = UserSession.objects.filter(user=user).order_by("-created_at", "-pk")
        for session in rows[MOST_SESSIONS - 1 :]:
            session.end()
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        """Go on, in the language that they chose."""
        return speaking(super().post_login(request, user, **how), user)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try. Whoever has had too many goes on being told of."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            self.authentication_failed(request, **credentials)
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Tell of it for fail2ban. Whom they tried is not told: it may be a password by mistake."""
        events.emit("sign_in.failed", address=request.META.get("REMOTE_ADDR"))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """The account alone: theirs adds the host, which whoever guesses may change each time."""
        return normal_email(str(credentials.get("email", "")))
