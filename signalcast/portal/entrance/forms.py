"""allauth's forms in our words, and without what gives known addresses away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import forms as theirs
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as factors
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn import forms as passkeys
from allauth.socialaccount.forms import SignupForm as ProviderForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpRequest
from django.utils.translation import gettext as _

from signalcast.accounts.models import User, normal_email
from signalcast.channels.base import AddressError
from signalcast.channels.email.address import read_address


class Plain(forms.BaseForm):
    """Labels above the fields, and not within them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "login": _("E-mail address"),
            "email": _("E-mail address"),
            "code": _("Code"),
            "password": _("Password"),
            "oldpassword": _("Your password until now"),
            "password1": _("New password"),
            "password2": _("New password once more"),
        }
        for name, field in self.fields.items():
            field.label = labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            field.help_text = ""
        first = next(iter(self.fields.values()), None)
        if first is not None:
            first.widget.attrs["autofocus"] = True
        if "password1" in self.fields:
            self.fields["password1"].help_text = " ".join(password_validators_help_texts())
        if "code" in self.fields:
            self.fields["code"].widget.attrs |= {
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }


class SignInForm(Plain, theirs.LoginForm):
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"

    def clean_login(self) -> str:
        """As it was typed; else as mail servers spell it, which sign-up has kept."""
        typed = normal_email(super().clean_login())
        if typed.isascii() or User.objects.filter(email=typed).exists():
            return typed
        try:
            return read_address(typed)
        except AddressError:
            return typed


class SignUpForm(Plain, theirs.SignupForm):
    """An address, which is proved by a code afterwards, and a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("Password")

    def try_save(self, request: HttpRequest) -> Any:
        """As theirs, in as much time where there is an account already."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class ProviderSignUpForm(Plain, ProviderForm):
    """The address, where a provider told none."""


class ResetForm(Plain, theirs.ResetPasswordForm):
    """Whose password is to be set anew."""


class NewPasswordForm(Plain, theirs.ResetPasswordKeyForm):
    """The new one, after a code."""


class ResetCodeForm(Plain, theirs.ConfirmPasswordResetCodeForm):
    """The code that lets somebody set a new password."""


class EmailCodeForm(Plain, theirs.ConfirmEmailVerificationCodeForm):
    """The code that proves an address."""


class ChangeEmailForm(Plain, theirs.AddEmailForm):
    """The address to come."""


class ChangePasswordForm(Plain, theirs.ChangePasswordForm):
    """The old one, and the new one twice."""


class SetPasswordForm(Plain, theirs.SetPasswordForm):
    """A first one, for who came in without."""


class OnceMoreForm(Plain, theirs.ReauthenticateForm):
    """The password, before something that matters."""


class SecondFactorForm(Plain, factors.AuthenticateForm):
    """A code of an app, or a recovery code."""


class SecondFactorAgainForm(Plain, factors.ReauthenticateForm):
    """The same, before something that matters."""


class ActivateAppForm(Plain, ActivateTOTPForm):
    """The first code of an app."""


class Said(forms.BaseForm):
    """What a passkey said. Their checks fail in many ways on what no browser sends."""

    def clean_credential(self) -> Any:
        """The passkey."""
        return self._checked(super().clean_credential)  # type: ignore[misc]

    def _checked(self, check: Callable[[], Any]) -> Any:
        try:
            return check()
        except forms.ValidationError:
            raise
        except Exception:  # whatever the library makes of it
            raise get_adapter().validation_error("incorrect_code") from None


class SignInByPasskeyForm(Said, passkeys.LoginWebAuthnForm):
    """Nothing but a passkey."""


class PasskeyForm(Said, passkeys.AuthenticateWebAuthnForm):
    """A passkey after the password."""


class PasskeyAgainForm(Said, passkeys.ReauthenticateWebAuthnForm):
    """A passkey before something that matters."""


class AddPasskeyForm(Said, passkeys.AddWebAuthnForm):
    """A name, and what the browser has from the key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name, alone = self.fields["name"], self.fields["passwordless"]
        name.label, self.initial["name"] = _("Name"), _("Passkey")
        alone.label, alone.initial = _("Sign in with it alone, without a password"), True
        alone.help_text = _("The key then asks for your finger, your face or its PIN.")

    def clean_credential(self) -> Any:
        """As it was said: it is checked with the whole form."""
        return self.cleaned_data["credential"]

    def clean(self) -> Any:
        """The passkey, which the server has not seen yet."""
        return self._checked(super().clean)
