"""A coupon's own form."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.money import PLACES, minor_units, units
from signalcast.plans.models import Coupon, Plan
from signalcast.plans.quote import normal_code


class CouponForm(forms.ModelForm[Coupon]):
    """What it takes off, for whom, until when and how often."""

    off = forms.DecimalField(
        label=gettext_lazy("Amount off"),
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=3,
        help_text=gettext_lazy("As in 5 or 5.50, with its currency. Else give a percentage."),
    )

    class Meta:
        model = Coupon
        fields = (
            *("code", "percent", "off", "currency", "valid_from", "valid_until"),
            *("max_redemptions", "once_per_user", "plans"),
        )
        labels = {
            "code": gettext_lazy("Code"),
            "percent": gettext_lazy("Percent off"),
            "currency": gettext_lazy("Currency of the amount"),
            "valid_from": gettext_lazy("Good from"),
            "valid_until": gettext_lazy("Good until"),
            "max_redemptions": gettext_lazy("Uses at most"),
            "once_per_user": gettext_lazy("Once for each person"),
            "plans": gettext_lazy("For these plans"),
        }
        help_texts = {
            "code": gettext_lazy("What people type. Capitals and small letters are the same."),
            "percent": gettext_lazy("1 to 100, of the first payment."),
            "currency": gettext_lazy("Three letters, as in EUR."),
            "valid_from": gettext_lazy("In UTC. Empty: at once."),
            "valid_until": gettext_lazy("In UTC. Empty: without end."),
            "max_redemptions": gettext_lazy("By all together. Empty: any number."),
            "plans": gettext_lazy("None: for all."),
        }
        widgets = {
            "valid_from": forms.DateTimeInput(
                attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            ),
            "valid_until": forms.DateTimeInput(
                attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            ),
            "plans": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans = self.fields["plans"]
        assert isinstance(plans, forms.ModelMultipleChoiceField)  # noqa: S101 - the model's own
        plans.queryset = Plan.objects.filter(price__gt=0).order_by("order", "name")
        if self.instance.amount is not None:
            self.initial["off"] = units(self.instance.amount, self.instance.currency)
        if self.instance.redeemed:
            self.fields["code"].disabled = True
            self.fields["code"].help_text = _("It was used, so its code stays.")

    def clean_code(self) -> str:
        """The one spelling of it."""
        code = normal_code(str(self.cleaned_data["code"]))
        if not code or any(sign.isspace() for sign in code):
            raise forms.ValidationError(_("Give a code without spaces, such as SPRING26."))
        return code

    def clean_percent(self) -> int | None:
        """A part of a hundred."""
        percent: int | None = self.cleaned_data["percent"]
        if percent is not None and not 1 <= percent <= 100:
            raise forms.ValidationError(_("Give 1 to 100."))
        return percent

    def clean(self) -> dict[str, Any]:
        """A percentage or an amount, and an end after the beginning."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        off, currency = data.get("off"), str(data.get("currency") or "").upper()
        if (off is None) == (data.get("percent") is None) and not self.errors:
            self.add_error(None, _("Give a percentage or an amount, one of both."))
        data["currency"] = currency if off is not None else ""
        self.instance.amount = None
        if isinstance(off, Decimal):
            if currency not in PLACES:
                self.add_error("currency", _("Give a currency of ISO 4217, such as EUR or USD."))
            elif not off or units(minor_units(off, currency), currency) != off:
                self.add_error("off", _("Give an amount that the currency has, above 0."))
            else:
                self.instance.amount = minor_units(off, currency)
        begins, ends = data.get("valid_from"), data.get("valid_until")
        if begins and ends and ends <= begins:
            self.add_error("valid_until", _("It ends before it begins. Choose a later end."))
        return data
