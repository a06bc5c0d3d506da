"""A source's own form. Secrets go in and never come out. It is here since parsers are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.page_slug import PageSlug
from signalcast.feeds.forms import LONGEST
from signalcast.feeds.models import Source
from signalcast.signals import parsers

SECRETS = ("body_secret", "signing_secret")
LONGEST_SECRET = 500
DROPS = [
    ("body_secret", gettext_lazy("the secret in the body")),
    ("signing_secret", gettext_lazy("the signing secret")),
]


class SourceForm(PageSlug, forms.ModelForm[Source]):
    """Everything about a source but its token."""

    parser = forms.ChoiceField(
        label=gettext_lazy("Reads texts with"),
        help_text=gettext_lazy("For what comes as words. JSON needs none."),
    )
    body_secret = forms.CharField(
        label=gettext_lazy("Secret in the body"),
        required=False,
        max_length=LONGEST_SECRET,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            'A hook must then carry it, as in "secret": "…". It is taken out before storing.'
        ),
    )
    signing_secret = forms.CharField(
        label=gettext_lazy("Signing secret"),
        required=False,
        max_length=LONGEST_SECRET,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Standard Webhooks, whsec_…: a hook must then be signed. TradingView can not."
        ),
    )
    drop = forms.MultipleChoiceField(
        label=gettext_lazy("Take away"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=DROPS,
    )

    class Meta:
        model = Source
        fields = ("slug", "feed", "publish", "parser", "max_lag", "chats", *SECRETS)
        labels = {
            "slug": gettext_lazy("Name"),
            "feed": gettext_lazy("Posts into"),
            "publish": gettext_lazy("Publish"),
            "max_lag": gettext_lazy("Seconds that an alert may be late"),
            "chats": gettext_lazy("Telegram chats that count"),
        }
        help_texts = {
            "slug": gettext_lazy("Letters, digits, - and _, such as tradingview-btc."),
            "publish": gettext_lazy(
                "After review: somebody looks at each signal before it is sent."
            ),
            "max_lag": gettext_lazy("By the alert's own time. Empty: any age is taken."),
            "chats": gettext_lazy(
                "Numbers with spaces between them. Empty: the first chat a signal comes from."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parser"] = forms.ChoiceField(
            label=self.fields["parser"].label,
            help_text=self.fields["parser"].help_text,
            choices=[(name, name) for name in parsers.names()],
            initial=self.instance.parser,
        )
        self.fields["max_lag"].widget.attrs["min"] = 1
        feed = self.fields["feed"]
        assert isinstance(feed, forms.ModelChoiceField)  # noqa: S101 - the model's own
        feed.empty_label = None
        self._kept = {name: getattr(self.instance, name) for name in SECRETS}
        self.kept = [name for name, secret in self._kept.items() if secret]
        for name in SECRETS:
            self.initial.pop(name, None)
            if name in self.kept:
                self.fields[name].help_text = _("One is set. Empty: it stays.")
        if not self.kept:
            del self.fields["drop"]
        else:
            drop = self.fields["drop"]
            assert isinstance(drop, forms.MultipleChoiceField)  # noqa: S101 - declared above
            drop.choices = [one for one in DROPS if one[0] in self.kept]

    def clean_max_lag(self) -> int | None:
        """No limit, or at least a second."""
        seconds: int | None = self.cleaned_data["max_lag"]
        if seconds is not None and not 1 <= seconds <= LONGEST:
            said = _("Give 1 to %(most)d seconds, or leave it empty.")
            raise forms.ValidationError(said % {"most": LONGEST})
        return seconds

    def clean_chats(self) -> str:
        """Chats as numbers."""
        text = " ".join(str(self.cleaned_data["chats"]).split())
        if any(not word.removeprefix("-").isdigit() for word in text.split()):
            raise forms.ValidationError(
                _("Give the chats' numbers, such as -1001234567890, with spaces between them.")
            )
        return text

    def clean(self) -> dict[str, Any]:
        """What was left empty stays as it is, unless it is to be taken away."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name in SECRETS:
            if not data.get(name) and name not in data.get("drop", ()):
                data[name] = self._kept[name]
        return data
