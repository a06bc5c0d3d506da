"""What somebody announces."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.feeds.models import Feed
from signalcast.intake.check import UNPRINTABLE_TEXT


class AnnouncementForm(forms.Form):
    """A title of one line and a plain text for the readers of one feed."""

    feed = forms.ModelChoiceField(
        label=gettext_lazy("To the readers of"),
        queryset=Feed.objects.order_by("name"),
        empty_label=None,
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=120,
        widget=forms.TextInput(attrs={"class": "long"}),
    )
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("Plain text. It is shown as it is written here."),
    )

    def clean_title(self) -> str:
        """One line."""
        return " ".join(str(self.cleaned_data["title"]).split())

    def clean_text(self) -> str:
        """Text with lines."""
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        if UNPRINTABLE_TEXT.search(text):
            raise forms.ValidationError(_("It contains control characters. Type it anew."))
        return text
