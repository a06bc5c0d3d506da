"""What is asked before somebody gets a plan by hand."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.accounts.models import User, normal_email
from signalcast.plans.models import Plan


class GrantForm(forms.Form):
    """Who gets which plan, until when, and why."""

    email = forms.EmailField(label=gettext_lazy("E-mail address of the account"), max_length=254)
    plan = forms.ModelChoiceField(
        label=gettext_lazy("Plan"),
        queryset=Plan.objects.order_by("order", "name"),
        empty_label=None,
        to_field_name="slug",
    )
    until = forms.DateTimeField(
        label=gettext_lazy("Until"),
        required=False,
        help_text=gettext_lazy("In UTC. Empty: without end."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    why = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "long"}),
        help_text=gettext_lazy("It is noted in the audit log and in the subscription's history."),
    )

    def clean_email(self) -> User:
        """The account of that address."""
        email = normal_email(self.cleaned_data["email"])
        user = User.objects.filter(email=email).first()
        if user is None:
            raise forms.ValidationError(_("Nobody has an account with this address."))
        return user
