"""What an owner and an operator may change about alerts."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from signalcast.channels.registry import kinds
from signalcast.ops.alerts.registry import rules
from signalcast.ops.alerts.silence import LONGEST

#: Seconds between two notices about the same: a minute to a week.
SHORTEST_THROTTLE, LONGEST_THROTTLE = 60, 604_800


class ReceiverForm(forms.Form):
    """Somebody who is told."""

    kind = forms.ChoiceField(label=gettext_lazy("Channel"), initial="email")
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2_000,
        help_text=gettext_lazy("A mailbox, a chat's number, a web address."),
    )
    account = forms.CharField(
        label=gettext_lazy("Sent through"),
        required=False,
        max_length=64,
        help_text=gettext_lazy("The bot's or mail server's name, where there are several."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(kind, kind) for kind in kinds()]


class SilenceForm(forms.Form):
    """A time in which nobody is told."""

    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"), min_value=1, max_value=LONGEST, initial=30
    )
    begins_in = forms.IntegerField(
        label=gettext_lazy("Begins in (minutes)"),
        required=False,
        min_value=0,
        max_value=LONGEST,
        help_text=gettext_lazy("Empty: now."),
    )
    rule = forms.ChoiceField(label=gettext_lazy("Rule"), required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=200)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["rule"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        named = [(name, rule.title) for name, rule in rules().items()]
        field.choices = [("", gettext_lazy("all of them")), *named]


class RuleForm(forms.Form):
    """How a rule is held. What is left empty is as usual."""

    is_on = forms.BooleanField(label=gettext_lazy("On"), required=False)
    threshold = forms.FloatField(
        label=gettext_lazy("Threshold"), required=False, min_value=0, max_value=1_000_000_000
    )
    throttle = forms.IntegerField(
        label=gettext_lazy("Seconds between two notices about the same"),
        required=False,
        min_value=SHORTEST_THROTTLE,
        max_value=LONGEST_THROTTLE,
    )
