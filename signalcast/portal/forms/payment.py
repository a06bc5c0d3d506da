"""What is filled in to pay, and about what was paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.money import PLACES, minor_units
from signalcast.payments.gateways.registry import ready


def ways() -> list[tuple[str, str]]:
    """The gateways that are set up, with what subscribers call them."""
    return [(one.name, one.label()) for one in ready()]


class CheckoutForm(forms.Form):
    """How to pay, and a coupon. What it costs is none of the form's business."""

    gateway = forms.ChoiceField(
        label=gettext_lazy("Pay by"), choices=ways, widget=forms.RadioSelect, required=False
    )
    code = forms.CharField(
        label=gettext_lazy("Coupon"),
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["gateway"].initial = next((name for name, _label in ways()), "")

    def clean_gateway(self) -> str:
        """The first one where none was chosen."""
        return str(self.cleaned_data.get("gateway") or self.fields["gateway"].initial)


class ProofForm(forms.Form):
    """A file that shows a bank transfer."""

    file = forms.FileField(
        label=gettext_lazy("Proof of the transfer"),
        help_text=gettext_lazy("A PDF or a picture (PNG, JPEG, WebP), 5 MB at most."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.webp"}),
        allow_empty_file=True,
        max_length=1_000,
    )


class RefundForm(forms.Form):
    """How much goes back, and why."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), max_digits=15, decimal_places=3, localize=False
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.TextInput(attrs={"class": "long"}),
        help_text=gettext_lazy("It is noted, and whoever paid reads it."),
    )

    def __init__(self, *args: Any, currency: str, left: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self.currency = currency
        places = PLACES.get(currency, 2)
        self.fields["amount"].initial = Decimal(left).scaleb(-places)
        self.fields["amount"].label = _("Amount in %s") % currency

    def clean_amount(self) -> int:
        """Minor units."""
        amount: Decimal = self.cleaned_data["amount"]
        units = minor_units(amount, self.currency)
        if Decimal(units) != amount.scaleb(PLACES.get(self.currency, 2)):
            raise forms.ValidationError(_("%s has no such small units.") % self.currency)
        return units
