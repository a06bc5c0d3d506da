"""What somebody announces, and to whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.channels.registry import sellable
from signalcast.core import clock
from signalcast.delivery.segment import Segment, Who
from signalcast.feeds.models import Feed
from signalcast.intake.check import UNPRINTABLE_TEXT
from signalcast.plans.channel_words import CHANNELS
from signalcast.plans.models import Plan

#: The choice that is no segment.
FEED = "feed"
LONGEST_DAYS = 366
#: What narrows a segment and nothing else.
NARROW = ("plans", "days", "kind")


class AnnouncementForm(forms.Form):
    """A title of one line and a plain text for the readers of one feed, or for a segment."""

    who = forms.ChoiceField(
        label=gettext_lazy("To"),
        choices=[(FEED, gettext_lazy("the readers of a feed")), *Who.choices],
        required=False,
        initial=FEED,
    )
    feed = forms.ModelChoiceField(
        label=gettext_lazy("Feed"),
        queryset=Feed.objects.order_by("name"),
        empty_label=None,
        required=False,
        help_text=gettext_lazy("Where it goes to the readers of a feed."),
    )
    plans = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Only of these plans"),
        queryset=Plan.objects.order_by("order", "name"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    days = forms.IntegerField(
        label=gettext_lazy("Ended within so many days"),
        min_value=1,
        max_value=LONGEST_DAYS,
        required=False,
        help_text=gettext_lazy("Where it goes to whose subscription has ended. Empty: whenever."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Only by"),
        choices=[
            ("", gettext_lazy("all channels")),
            *((kind, CHANNELS.get(kind, kind)) for kind in sellable() if kind != "live"),
        ],
        required=False,
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

    def clean(self) -> dict[str, Any]:
        """Nothing is asked for that would not be looked at."""
        data = self.cleaned_data
        who = data.get("who") or FEED
        if who == FEED:
            if not data.get("feed") and "feed" not in self.errors:
                self.add_error("feed", _("Choose a feed."))
            for name in NARROW:
                if data.get(name):
                    said = _("This narrows a segment. Choose one above, or leave this empty.")
                    self.add_error(name, said)
        elif data.get("days") and who != Who.ENDED:
            self.add_error("days", _("This is for subscriptions that have ended. Leave it empty."))
        return data

    @property
    def to(self) -> Feed | Segment:
        """Whom a good form is for."""
        data = self.cleaned_data
        who = data["who"] or FEED
        if who == FEED:
            feed: Feed = data["feed"]
            return feed
        days: int | None = data["days"]
        return Segment(
            Who(who),
            plans=tuple(sorted(plan.pk for plan in data["plans"])),
            ended_after=clock.now() - timedelta(days=days) if days else None,
            kind=data["kind"],
        )
