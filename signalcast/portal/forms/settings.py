"""What the owner sets: looks, tax, texts."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.images import UnusablePicture, reencode
from signalcast.core.money import PLACES
from signalcast.intake.check import UNPRINTABLE_TEXT
from signalcast.portal.contrast import DARK, ENOUGH, LIGHT, worst
from signalcast.shop.own_words import MailWords, WrongWords, check_words

#: Bytes of a logo's file, and pixels that it is wide at most.
LARGEST = 2 * 1024 * 1024
WIDTH = 480
COLOUR = re.compile(r"#[0-9a-f]{6}")


def plain_text(text: str) -> str:
    """Text with lines as files have them. Raises ValidationError for control characters."""
    text = text.replace("\r\n", "\n")
    if UNPRINTABLE_TEXT.search(text):
        raise forms.ValidationError(_("It contains control characters. Type it anew."))
    return text


def _colour(text: str, grounds: tuple[str, ...], advice: str) -> str:
    colour = text.strip().lower()
    if not colour:
        return ""
    if not COLOUR.fullmatch(colour):
        raise forms.ValidationError(_("Give a colour like #2456d6, or nothing."))
    found = worst(colour, grounds)
    if found < ENOUGH:
        said = _("Text of this colour has a contrast of %(found).1f, and 4.5 can be read.")
        raise forms.ValidationError(f"{said} {advice}" % {"found": found})
    return colour


class SettingsForm(forms.Form):
    """All that has one value."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("On pages, as the sender of mail, and on invoices."),
    )
    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        help_text=gettext_lazy(
            "PNG, JPEG or WebP, 2 MB at most. It is made anew, 480 pixels wide."
        ),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    remove_logo = forms.BooleanField(label=gettext_lazy("Without a logo"), required=False)
    accent = forms.CharField(
        label=gettext_lazy("Colour on light pages"),
        max_length=7,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "#2456d6", "spellcheck": "false"}),
        help_text=gettext_lazy("Of links and buttons. Empty: ours."),
    )
    accent_dark = forms.CharField(
        label=gettext_lazy("Colour on dark pages"),
        max_length=7,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "#8ab0ff", "spellcheck": "false"}),
        help_text=gettext_lazy("A lighter one. Empty: ours."),
    )
    seller = forms.CharField(
        label=gettext_lazy("Who sells"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Name, address and tax number, as invoices say it."),
    )
    currency = forms.CharField(
        label=gettext_lazy("Currency of new plans"),
        max_length=3,
        required=False,
        help_text=gettext_lazy("Three letters, as in EUR. Plans that are there keep theirs."),
    )
    tax_rate = forms.DecimalField(
        label=gettext_lazy("Tax in prices, per cent"),
        min_value=0,
        max_value=99,
        max_digits=5,
        decimal_places=3,
        required=False,
        help_text=gettext_lazy("As in 19 or 7.5. For payments from now on."),
    )
    tax_name = forms.CharField(label=gettext_lazy("Name of the tax"), max_length=40, required=False)

    def clean_name(self) -> str:
        """One line that a mail's sender can have."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        if re.search(r'[<>"\\@\x00-\x1f\x7f]', name):
            raise forms.ValidationError(_("Leave out quotes, brackets, backslashes and @."))
        return name

    def clean_logo(self) -> bytes | None:
        """The picture made anew; None where none was chosen."""
        file = self.cleaned_data["logo"]
        if not isinstance(file, UploadedFile):
            return None
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(_("The file is larger than 2 MB. Choose a smaller one."))
        try:
            return reencode(file.read(), widths=(WIDTH,))[-1].body
        except UnusablePicture as problem:
            raise forms.ValidationError(str(problem)) from problem

    def clean_accent(self) -> str:
        """Dark enough for light pages."""
        return _colour(self.cleaned_data["accent"], LIGHT, _("Choose a darker one."))

    def clean_accent_dark(self) -> str:
        """Light enough for dark pages."""
        return _colour(self.cleaned_data["accent_dark"], DARK, _("Choose a lighter one."))

    def clean_seller(self) -> str:
        """Lines."""
        return plain_text(self.cleaned_data["seller"])

    def clean_currency(self) -> str:
        """A currency that people pay in, or none."""
        currency = str(self.cleaned_data["currency"]).upper()
        if currency and currency not in PLACES:
            raise forms.ValidationError(_("Give a currency of ISO 4217, such as EUR or USD."))
        return currency


class LegalTextForm(forms.Form):
    """A plain text. Empty: there is none."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=100_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 20}),
        help_text=gettext_lazy(
            "Plain text: an empty line ends a paragraph, addresses become links. Empty: no text."
        ),
    )

    def clean_text(self) -> str:
        """Lines, without empty ones around."""
        return plain_text(self.cleaned_data["text"]).strip()


class MailTextForm(forms.Form):
    """A subject and a text. `shown` is what an example becomes, once they are good."""

    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=300,
        widget=forms.TextInput(
            attrs={"class": "long code", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    body = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=10_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "class": "code", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, key: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key = key
        self.shown: MailWords | None = None

    def clean_body(self) -> str:
        """Lines end as in files."""
        return plain_text(self.cleaned_data["body"])

    def clean(self) -> dict[str, Any]:
        """Try it on an example."""
        data = self.cleaned_data
        if "subject" in data and "body" in data:
            try:
                self.shown = check_words(self.key, data["subject"], data["body"])
            except WrongWords as problem:
                self.add_error(problem.field, str(problem))
        return data
