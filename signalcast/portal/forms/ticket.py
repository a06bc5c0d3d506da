"""What people write to staff, and staff to them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.printable import printable
from signalcast.intake.check import UNPRINTABLE_TEXT
from signalcast.support.files import Given
from signalcast.support.limits import LONGEST


class FilesInput(forms.FileInput):
    """Takes several."""

    allow_multiple_selected = True


class Files(forms.FileField):
    """Any number of files."""

    widget = FilesInput(
        attrs={"accept": ".pdf,.png,.jpg,.jpeg,.webp,.txt,.log,.csv", "multiple": True}
    )

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """All of them."""
        found = data if isinstance(data, list | tuple) else [data]
        return [super(Files, self).clean(one, initial) for one in found if one]


class MessageForm(forms.Form):
    """A text, and files with it."""

    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    file = Files(
        label=gettext_lazy("Files"),
        required=False,
        allow_empty_file=True,
        max_length=1_000,
        help_text=gettext_lazy(
            "Up to three: pictures (PNG, JPEG, WebP), PDF or plain text, 5 MB each and 9 MB "
            "together."
        ),
    )

    def clean_text(self) -> str:
        """Text with lines."""
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        if UNPRINTABLE_TEXT.search(text):
            raise forms.ValidationError(_("It contains control characters. Type it anew."))
        return text

    def given(self) -> list[Given]:
        """The files as they came."""
        return [Given(one.name or "", one.read()) for one in self.cleaned_data["file"]]


class TicketForm(MessageForm):
    """A new ticket."""

    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=120,
        widget=forms.TextInput(attrs={"class": "long"}),
    )
    field_order = ("subject", "text", "file")

    def clean_subject(self) -> str:
        """One line."""
        subject = printable(str(self.cleaned_data["subject"]), 120)
        if not subject:
            raise forms.ValidationError(_("It contains control characters. Type it anew."))
        return subject
