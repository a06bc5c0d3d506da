"""A feed's own form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.page_slug import PageSlug
from signalcast.feeds.models import Feed

#: Seconds of a year.
LONGEST = 31_536_000


class FeedForm(PageSlug, forms.ModelForm[Feed]):
    """Name, short name, and how long its signals are worth sending."""

    class Meta:
        model = Feed
        fields = ("name", "slug", "market_validity", "waiting_validity")
        labels = {
            "name": gettext_lazy("Name"),
            "slug": gettext_lazy("Short name"),
            "market_validity": gettext_lazy("Seconds that a signal at market is worth sending"),
            "waiting_validity": gettext_lazy("Seconds that a waiting order is worth sending"),
        }
        help_texts = {
            "name": gettext_lazy("What subscribers read, such as Crypto majors."),
            "slug": gettext_lazy("Letters, digits and -, for addresses. Empty: made of the name."),
            "market_validity": gettext_lazy(
                "Usually 300. Later than that a new signal is not sent, but listed as missed."
            ),
            "waiting_validity": gettext_lazy("For limit and stop orders. Usually 86400, a day."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False
        for name in ("market_validity", "waiting_validity"):
            self.fields[name].widget.attrs["min"] = 1

    def clean(self) -> dict[str, Any]:
        """Make a short name where none was given."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("slug") and data.get("name") and "slug" not in self.errors:
            data["slug"] = slugify(data["name"])[:64]
            if not data["slug"]:
                self.add_error("slug", _("Give a short name of letters, digits and -."))
        return data

    def clean_market_validity(self) -> int:
        """From a second to a year."""
        return self._seconds("market_validity")

    def clean_waiting_validity(self) -> int:
        """From a second to a year."""
        return self._seconds("waiting_validity")

    def _seconds(self, name: str) -> int:
        seconds = int(self.cleaned_data[name])
        if not 1 <= seconds <= LONGEST:
            raise forms.ValidationError(
                _("Give 1 to %(most)d seconds, a year at most.") % {"most": LONGEST}
            )
        return seconds
