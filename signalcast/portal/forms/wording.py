"""A template of the owner's for one type of message."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.channels.wording import Words, WrongWording, check


class WordingForm(forms.Form):
    """A subject and a text. `shown` is what an example becomes, once they are good."""

    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=500,
        widget=forms.TextInput(
            attrs={"class": "long code", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    body = forms.CharField(
        label=gettext_lazy("Text"),
        required=False,
        max_length=10_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "class": "code", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, type_: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type = type_
        self.shown: Words | None = None

    def clean_body(self) -> str:
        """Lines end as in files."""
        return str(self.cleaned_data["body"]).replace("\r\n", "\n")

    def clean(self) -> dict[str, Any]:
        """Try it on examples of its type."""
        data = self.cleaned_data
        if "subject" in data and "body" in data:
            try:
                self.shown = check(self.type, data["subject"], data["body"])
            except WrongWording as problem:
                text = str(problem)
                field = "subject" if text.startswith("subject") else "body"
                said = _("%(problem)s Correct it; until then the last good words are used.")
                self.add_error(field, said % {"problem": text})
        return data
