"""An address on a medium, checked by its channel."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.accounts.models import User
from signalcast.channels.base import AddressError
from signalcast.channels.models import Account
from signalcast.feeds.models import Feed
from signalcast.plans.add_destination import check_own_address
from signalcast.portal.access import MANAGERS
from signalcast.portal.channel_hints import hint


class DestinationForm(forms.Form):
    """Where to send, through which account, and whose it is."""

    address = forms.CharField(
        max_length=2_000,
        widget=forms.TextInput(attrs={"class": "long", "autocomplete": "off"}),
    )
    account = forms.ModelChoiceField(
        label=gettext_lazy("Sent through"), queryset=Account.objects.none(), empty_label=None
    )
    feed = forms.ModelChoiceField(
        label=gettext_lazy("Who reads it"),
        queryset=Feed.objects.order_by("name"),
        required=False,
        empty_label=gettext_lazy("I: it gets what my own plan has"),
        help_text=gettext_lazy(
            "With a feed it is a broadcast: everything of the feed is posted there, for all who"
            " read along."
        ),
    )

    def __init__(self, *args: Any, kind: str, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.user = kind, user
        about = hint(kind)
        address = self.fields["address"]
        address.label, address.help_text = about.label, about.help
        address.widget.attrs["placeholder"] = about.placeholder
        if kind == "email":
            address.initial = user.email
        self._offer_accounts(needed=about.needs_account)
        if not user.has_role(*MANAGERS):
            del self.fields["feed"]
        elif kind == "telegram":  # a chat of one's own is connected by the bot's link
            feed = self.fields["feed"]
            assert isinstance(feed, forms.ModelChoiceField)  # noqa: S101 - declared above
            feed.required, feed.empty_label = True, None
            feed.label, feed.help_text = _("Broadcast of"), ""

    def _offer_accounts(self, *, needed: bool) -> None:
        accounts = Account.objects.filter(kind=self.kind).order_by("name")
        field = self.fields["account"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = accounts
        self.lacks_account = needed and not accounts.exists()
        if not needed or self.lacks_account:
            del self.fields["account"]

    def clean_address(self) -> str:
        """Ask the channel."""
        text = str(self.cleaned_data["address"])
        try:
            check_own_address(self.user, self.kind, text)
        except AddressError as problem:
            raise forms.ValidationError(str(problem)) from None
        return text
