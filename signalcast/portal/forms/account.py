"""What the owner signs in with at a medium. Secrets go in and never come out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from secrets import token_urlsafe
from typing import Any, ClassVar, NamedTuple

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.channels.email.server import WrongServer, read_server
from signalcast.channels.email.sign import sign
from signalcast.channels.models import Account
from signalcast.channels.telegram.bot import WrongAccount, bot_of
from signalcast.feeds.desk import outside_sources

#: A mail that is signed for trial.
TRIAL = b"From: a@example.org\r\nSubject: x\r\n\r\nx\r\n"


class Part(NamedTuple):
    """Fields that belong together and may all be left empty."""

    title: str
    help: str
    fields: list[BoundField]
    #: Whether something is filled in there, or wrong.
    is_open: bool


class AccountForm(forms.Form):
    """What all accounts have. `settings` is what is stored, once it is valid."""

    kind: ClassVar[str]
    #: The fields that are kept when they are left empty.
    secrets: ClassVar[tuple[str, ...]]
    #: Settings that are objects, each with the members it needs: without the first there is none
    #: of it. Their fields are called by both names, as in `mailbox_host`.
    objects: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=64,
        help_text=gettext_lazy("For you alone, such as signals bot."),
    )

    def __init__(self, *args: Any, account: Account | None = None, **kwargs: Any) -> None:
        self.account = account
        self.known = _flat(json.loads(account.settings) if account else {}, self.objects)
        initial = {field: value for field, value in self.known.items() if field not in self.secrets}
        kwargs["initial"] = initial | {"name": account.name if account else ""}
        super().__init__(*args, **kwargs)
        for secret in self.secrets:
            if self.known.get(secret):
                self.fields[secret].required = False
                self.fields[secret].help_text = _("One is set. Empty: it stays.")
        self.settings = ""

    def parts(self) -> list[Part]:
        """What stands below the usual fields, each part by itself."""
        return []

    def usual(self) -> list[BoundField]:
        """The fields that are in no part."""
        apart = {field.name for part in self.parts() for field in part.fields}
        return [field for field in self if field.name not in apart]

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
        kept = self.known | {
            name: value for name, value in given.items() if value not in ("", None)
        }
        for name, value in given.items():
            if value in ("", None) and name not in self.secrets:
                kept.pop(name, None)
        self.settings = json.dumps(_nested(kept, self.objects))
        if not self.errors:
            self.try_settings()
        return self.cleaned_data

    def try_settings(self) -> None:
        """Add an error when the channel can't use them."""
        raise NotImplementedError


class TelegramForm(AccountForm):
    """A bot."""

    kind, secrets = "telegram", ("token",)
    token = forms.CharField(
        label=gettext_lazy("Token"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("In Telegram write /newbot to @BotFather: it answers with one."),
    )
    username = forms.CharField(
        label=gettext_lazy("The bot's name"),
        help_text=gettext_lazy("As in @your_bot: people connect their chats by it."),
    )
    source = forms.ChoiceField(
        label=gettext_lazy("Reads signals for"),
        required=False,
        help_text=gettext_lazy(
            "What is written in the bot's chats and channels becomes signals of this source."
        ),
    )
    brought = forms.BooleanField(
        label=gettext_lazy("Telegram brings messages to this site"),
        required=False,
        help_text=gettext_lazy(
            "By the webhook on the source's page, for sites with a public address. Else they are"
            " fetched."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        slugs = outside_sources().order_by("slug").values_list("slug", flat=True)
        choices = [("", _("nothing: it only sends")), *((slug, slug) for slug in slugs)]
        self.fields["source"] = forms.ChoiceField(
            label=self.fields["source"].label,
            help_text=self.fields["source"].help_text,
            required=False,
            choices=choices,
        )
        self.initial["brought"] = bool(self.known.get("webhook_secret"))

    def clean(self) -> dict[str, Any]:
        """A bot whose messages are brought has a secret, which only has to be there."""
        if self.cleaned_data.pop("brought", False):
            secret = self.known.get("webhook_secret") or token_urlsafe(16)
            self.cleaned_data["webhook_secret"] = secret
        else:
            self.known.pop("webhook_secret", None)
        return super().clean()

    def try_settings(self) -> None:
        try:
            bot_of(self.settings)
        except WrongAccount as problem:
            self.add_error("token", str(problem))


class EmailForm(AccountForm):
    """A mail server."""

    kind, secrets = "email", ("password", "mailbox_password", "dkim_private_key")
    objects: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "mailbox": ("host", "username", "password"),
        "dkim": ("domain", "selector", "private_key"),
    }
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
    bounces = forms.CharField(
        label=gettext_lazy("Address for bounces"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("As in bounces@example.org, which must take bounces+…@ as well."),
    )
    mailbox_host = forms.CharField(
        label=gettext_lazy("IMAP server"), required=False, max_length=253
    )
    mailbox_port = forms.IntegerField(
        label=gettext_lazy("IMAP port"), required=False, min_value=1, max_value=65_535
    )
    mailbox_security = forms.ChoiceField(
        label=gettext_lazy("IMAP encryption"),
        required=False,
        choices=[("tls", "TLS"), ("starttls", "STARTTLS"), ("none", gettext_lazy("none"))],
    )
    mailbox_username = forms.CharField(label=gettext_lazy("IMAP user name"), required=False)
    mailbox_password = forms.CharField(
        label=gettext_lazy("IMAP password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    dkim_domain = forms.CharField(
        label=gettext_lazy("Domain that signs"), required=False, max_length=253
    )
    dkim_selector = forms.CharField(label=gettext_lazy("Selector"), required=False, max_length=63)
    dkim_private_key = forms.CharField(
        label=gettext_lazy("Private key"),
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 4, "class": "code", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text=gettext_lazy("In PEM: it begins with -----BEGIN."),
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
        self.initial.setdefault("mailbox_port", 993)

    def parts(self) -> list[Part]:
        """Mail that comes back, and signing."""
        return [
            self._part(
                _("Mail that comes back"),
                _(
                    "Mailboxes that do not exist are disabled when mail to them comes back. Have"
                    " the mailbox for it read here every ten minutes, or have your mail service"
                    " report bounces to the address below."
                ),
                "bounces",
                "mailbox_",
            ),
            self._part(
                _("Signing mail (DKIM)"),
                _("Leave it empty if your mail server signs, as most do."),
                "dkim_",
                "dkim_",
            ),
        ]

    def _part(self, title: str, text: str, *starts: str) -> Part:
        fields = [field for field in self if field.name.startswith(starts)]
        shown = any(field.errors or self.known.get(field.name) for field in fields)
        return Part(title, text, fields, shown)

    def try_settings(self) -> None:
        flat = _flat(json.loads(self.settings), self.objects)
        for start, members in self.objects.items():
            names = [f"{start}_{member}" for member in members]
            for name in names:
                if names[0] in flat and name not in flat:
                    self.add_error(name, _("It is needed too."))
        if self.errors:
            return
        try:
            server = read_server(self.settings)
        except WrongServer as problem:
            about_bounces = "bounces" in self.cleaned_data and "bounces" in str(problem)
            self.add_error("bounces" if about_bounces else None, str(problem))
            return
        try:
            sign(TRIAL, server)
        except WrongServer as problem:
            self.add_error("dkim_private_key", str(problem))


def _flat(settings: Mapping[str, Any], objects: Iterable[str]) -> dict[str, Any]:
    """Settings with the members of OBJECTS in a row with the others."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if name in objects and isinstance(value, dict):
            found |= {f"{name}_{member}": inner for member, inner in value.items()}
        elif name not in objects:
            found[name] = value
    return found


def _nested(flat: Mapping[str, Any], objects: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """The settings that `_flat` was made of. An object without its first member is left out."""
    found: dict[str, Any] = {}
    for name, value in flat.items():
        start, _line, member = name.partition("_")
        if start not in objects:
            found[name] = value
        elif f"{start}_{objects[start][0]}" in flat:
            found.setdefault(start, {})[member] = value
    return found


FORMS: dict[str, type[AccountForm]] = {"telegram": TelegramForm, "email": EmailForm}
