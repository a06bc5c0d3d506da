"""What the owner signs in with at a medium. Secrets go in and never come out."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.channels.email.server import WrongServer, read_server
from signalcast.channels.models import Account
from signalcast.channels.telegram.bot import WrongAccount, bot_of


class AccountForm(forms.Form):
    """What all accounts have. `settings` is what is stored, once it is valid."""

    kind: ClassVar[str]
    #: The field that is kept when it is left empty.
    secret: ClassVar[str]

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=64,
        help_text=gettext_lazy("For you alone, such as signals bot."),
    )

    def __init__(self, *args: Any, account: Account | None = None, **kwargs: Any) -> None:
        self.account = account
        self.known: dict[str, Any] = json.loads(account.settings) if account else {}
        initial = {field: value for field, value in self.known.items() if field != self.secret}
        kwargs["initial"] = initial | {"name": account.name if account else ""}
        super().__init__(*args, **kwargs)
        if self.known.get(self.secret):
            self.fields[self.secret].required = False
            self.fields[self.secret].help_text = _("One is set. Empty: it stays.")
        self.settings = ""

    def clean_name(self) -> str:
        """A name of its own."""
        name = str(self.cleaned_data["name"])
        rows = Account.objects.filter(kind=self.kind, name=name)
        if any(row != self.account for row in rows):
            raise forms.ValidationError(_("There is one of this name already. Choose another."))
        return name

    def clean(self) -> dict[str, Any]:
        """Put the settings together and have the channel read them."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "name"}
        kept = self.known | {name: value for name, value in given.items() if value != ""}
        gone = [name for name, value in given.items() if value == "" and name != self.secret]
        self.settings = json.dumps({k: v for k, v in kept.items() if k not in gone})
        if not self.errors:
            self.try_settings()
        return self.cleaned_data

    def try_settings(self) -> None:
        """Add an error when the channel can't use them."""
        raise NotImplementedError


class TelegramForm(AccountForm):
    """A bot."""

    kind, secret = "telegram", "token"
    token = forms.CharField(
        label=gettext_lazy("Token"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("In Telegram write /newbot to @BotFather: it answers with one."),
    )
    username = forms.CharField(
        label=gettext_lazy("The bot's name"),
        help_text=gettext_lazy("As in @your_bot: people connect their chats by it."),
    )

    def try_settings(self) -> None:
        try:
            bot_of(self.settings)
        except WrongAccount as problem:
            self.add_error("token", str(problem))


class EmailForm(AccountForm):
    """A mail server."""

    kind, secret = "email", "password"
    host = forms.CharField(label=gettext_lazy("Mail server"), max_length=253)
    port = forms.IntegerField(
        label=gettext_lazy("Port"), min_value=1, max_value=65_535, initial=587
    )
    security = forms.ChoiceField(
        label=gettext_lazy("Encryption"),
        choices=[("starttls", "STARTTLS"), ("tls", "TLS"), ("none", gettext_lazy("none"))],
    )
    username = forms.CharField(label=gettext_lazy("User name"), required=False)
    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # "from" is a word of Python's.
        self.fields["from"] = forms.CharField(
            label=gettext_lazy("Sender"),
            max_length=200,
            help_text=_("As in Signals <signals@example.org>."),
        )
        self.initial.setdefault("port", 587)

    def try_settings(self) -> None:
        try:
            read_server(self.settings)
        except WrongServer as problem:
            self.add_error(None, str(problem))


FORMS: dict[str, type[AccountForm]] = {"telegram": TelegramForm, "email": EmailForm}
