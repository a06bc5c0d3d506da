"""A plan's own form."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.channels.registry import sellable
from signalcast.core.money import PLACES, minor_units, units
from signalcast.core.page_slug import PageSlug
from signalcast.feeds.models import Feed
from signalcast.plans.channel_words import CHANNELS
from signalcast.plans.models import Plan, PlanChannel
from signalcast.shop.current import current

#: What stays as long as somebody has the plan: what they have was agreed by it.
KEPT = ("family", "interval", "currency")
LONGEST_DAYS = 366
DEAREST = 10**10


class PlanForm(PageSlug, forms.ModelForm[Plan]):
    """What it holds, what it costs, who may find it."""

    amount = forms.DecimalField(
        label=gettext_lazy("Price"),
        min_value=0,
        max_value=DEAREST,
        max_digits=14,
        decimal_places=3,
        help_text=gettext_lazy(
            "As in 29 or 29.90. 0: free, without end. Who has the plan keeps the agreed price."
        ),
    )
    feeds = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Signals of"),
        queryset=Feed.objects.order_by("name"),
        widget=forms.CheckboxSelectMultiple,
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Channels"),
        choices=[(kind, CHANNELS.get(kind, kind)) for kind in sellable()],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Plan
        fields = (
            *("name", "slug", "description", "amount", "currency", "interval", "trial_days"),
            *("grace_days", "feeds", "kinds", "destinations_per_channel", "family", "visibility"),
            "order",
        )
        labels = {
            "name": gettext_lazy("Name"),
            "slug": gettext_lazy("Short name"),
            "description": gettext_lazy("In a few words"),
            "currency": gettext_lazy("Currency"),
            "interval": gettext_lazy("Paid each"),
            "trial_days": gettext_lazy("Days of trial"),
            "grace_days": gettext_lazy("Days of grace"),
            "destinations_per_channel": gettext_lazy("Destinations on each channel"),
            "family": gettext_lazy("Family"),
            "visibility": gettext_lazy("Who may find it"),
            "order": gettext_lazy("Place on the page"),
        }
        help_texts = {
            "slug": gettext_lazy("Letters, digits and -, for addresses. Empty: made of the name."),
            "description": gettext_lazy("Shown on its card."),
            "currency": gettext_lazy("Three letters, as in EUR."),
            "trial_days": gettext_lazy("For nothing, once for each person. 0: none."),
            "grace_days": gettext_lazy("How long signals go on when a payment is missing."),
            "destinations_per_channel": gettext_lazy("At most. Empty: any number."),
            "family": gettext_lazy(
                "Plans of one family are alternatives: a person has one of them. Empty: it stands"
                " by itself."
            ),
            "order": gettext_lazy("The lowest comes first."),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 3, "maxlength": 2_000})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False
        plan = self.instance
        if not plan.pk:
            self.initial.setdefault("grace_days", 3)
            self.initial.setdefault("currency", current().currency)
            return
        self.initial["amount"] = units(plan.price, plan.currency)
        self.initial["feeds"] = list(plan.feeds.values_list("pk", flat=True))
        self.initial["kinds"] = list(plan.channels.values_list("kind", flat=True))
        if plan.subscriptions.filter(current_key__isnull=False).exists():
            for name in KEPT:
                self.fields[name].disabled = True
                self.fields[name].help_text = _("Somebody has the plan, so this stays.")

    def clean_currency(self) -> str:
        """A currency that people pay in."""
        currency = str(self.cleaned_data["currency"]).upper()
        if currency not in PLACES:
            raise forms.ValidationError(_("Give a currency of ISO 4217, such as EUR or USD."))
        return currency

    def clean_trial_days(self) -> int:
        """Up to a year."""
        return self._days("trial_days")

    def clean_grace_days(self) -> int:
        """Up to a year."""
        return self._days("grace_days")

    def clean_destinations_per_channel(self) -> int | None:
        """None, or at least one."""
        count: int | None = self.cleaned_data["destinations_per_channel"]
        if count == 0:
            raise forms.ValidationError(_("Give 1 or more, or leave it empty."))
        return count

    def clean(self) -> dict[str, Any]:
        """Make a short name where none was given, and minor units of the price."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not data.get("slug") and data.get("name") and "slug" not in self.errors:
            data["slug"] = slugify(data["name"])[:64]
            if not data["slug"]:
                self.add_error("slug", _("Give a short name of letters, digits and -."))
        amount, currency = data.get("amount"), data.get("currency")
        if isinstance(amount, Decimal) and currency:
            price = minor_units(amount, currency)
            if units(price, currency) != amount:
                self.add_error("amount", _("The currency has no such fraction. Round the price."))
            self.instance.price = price
        return data

    def save(self, commit: bool = True) -> Plan:
        """Store the plan with its feeds and channels."""
        with transaction.atomic():
            plan = super().save(commit)
            kinds = set(self.cleaned_data["kinds"])
            plan.channels.exclude(kind__in=kinds).delete()
            had = set(plan.channels.values_list("kind", flat=True))
            PlanChannel.objects.bulk_create(
                PlanChannel(plan=plan, kind=kind) for kind in sorted(kinds - had)
            )
        return plan

    def _days(self, name: str) -> int:
        days = int(self.cleaned_data[name])
        if days > LONGEST_DAYS:
            raise forms.ValidationError(
                _("Give 0 to %(most)d days, a year at most.") % {"most": LONGEST_DAYS}
            )
        return days
