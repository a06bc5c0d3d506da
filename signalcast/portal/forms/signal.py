"""An analyst's signal: held to the rules of the typed door, with what is wrong beside its field."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.intake.problems import FieldError
from signalcast.intake.read_signals import read_signal
from signalcast.signals.states import OrderType, Side

#: Between two numbers. A comma inside a number is none: nobody guesses what it means.
BETWEEN = re.compile(r"[\s;]+|,\s+|,$")
#: Stands for a target without a share before one that has one.
NONE = "-"
#: Fields of the typed signal that are called something else here.
NAMES = {"take_profits": "targets", "ref": "", "id": "", "action": ""}


def words(text: str) -> list[str]:
    """The numbers in a field, as they were typed."""
    return [word for word in BETWEEN.split(text.strip()) if word]


class SignalForm(forms.Form):
    """A new signal. `typed` is what it says, once it is valid."""

    symbol = forms.CharField(
        label=gettext_lazy("Instrument"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        help_text=gettext_lazy("As subscribers know it, such as BTCUSDT or EURUSD."),
    )
    side = forms.ChoiceField(
        label=gettext_lazy("Side"), choices=Side.choices, widget=forms.RadioSelect
    )
    order_type = forms.ChoiceField(
        label=gettext_lazy("Order"), choices=OrderType.choices, required=False
    )
    entries = forms.CharField(
        label=gettext_lazy("Entry"),
        required=False,
        help_text=gettext_lazy("One price, or several with spaces between them."),
    )
    stop_loss = forms.CharField(label=gettext_lazy("Stop loss"), required=False)
    targets = forms.CharField(
        label=gettext_lazy("Targets"),
        required=False,
        help_text=gettext_lazy("Prices with spaces between them, the nearest first."),
    )
    shares = forms.CharField(
        label=gettext_lazy("Shares"),
        required=False,
        help_text=gettext_lazy("How much to close at each target, such as 0.5 0.5; - for none."),
    )
    leverage = forms.CharField(label=gettext_lazy("Leverage"), required=False)
    timeframe = forms.CharField(
        label=gettext_lazy("Timeframe"), required=False, help_text=gettext_lazy("Such as 15m, 4h.")
    )
    valid_until = forms.DateTimeField(
        label=gettext_lazy("Valid until (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Empty: as long as the feed's signals usually are."),
    )
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("entries", "stop_loss", "targets", "shares", "leverage"):
            self.fields[name].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
        self.typed: dict[str, Any] = {}

    def clean_symbol(self) -> str:
        """Instruments are written in capitals."""
        return str(self.cleaned_data["symbol"]).upper()

    def clean(self) -> dict[str, Any]:
        """Ask the typed door's rules."""
        self.typed = self.members()
        self.refuse(self.problems())
        return self.cleaned_data

    def members(self) -> dict[str, Any]:
        """The typed signal that the fields spell; what is empty is left out."""
        data = self.cleaned_data
        until = data.get("valid_until")
        found: dict[str, Any] = {
            name: data.get(name, "")
            for name in ("symbol", "side", "order_type", "stop_loss", "leverage", "timeframe")
        }
        found |= {
            "entries": words(data.get("entries", "")),
            "take_profits": self._targets(),
            "valid_until": until.astimezone(UTC).isoformat() if until else "",
            "comment": data.get("comment", "").replace("\r\n", "\n"),
        }
        return {name: value for name, value in found.items() if value}

    def problems(self) -> list[FieldError]:
        """What the typed door would find wrong."""
        # Levels are looked at only when all else is there, and people begin where they like.
        members = {"symbol": "X"} | self.typed if "symbol" in self.errors else self.typed
        read = read_signal(msgspec.json.encode(members))
        return read if isinstance(read, list) else []

    def refuse(self, problems: list[FieldError]) -> None:
        """Put problems beside their fields. Those with an error of their own have no second."""
        known = set(self.errors)
        for problem in problems:
            name, sentence = self._told(problem)
            if name not in known:
                self.add_error(name, sentence)

    def _told(self, problem: FieldError) -> tuple[str | None, str]:
        _root, name, *rest = [*problem.pointer.split("/"), "", ""]
        field = "shares" if "share" in rest else NAMES.get(name, name)
        sentence = problem.detail[:1].upper() + problem.detail[1:] + "."
        if rest[0].isdigit() and (field != "entries" or len(words(self._raw("entries"))) > 1):
            numbered = _("Number %(number)d: %(problem)s")
            sentence = numbered % {"number": int(rest[0]) + 1, "problem": f"{problem.detail}."}
        if field not in self.fields:
            return None, sentence
        return field, sentence

    def _raw(self, name: str) -> str:
        return str(self.cleaned_data.get(name, ""))

    def _targets(self) -> list[dict[str, str]]:
        prices, shares = words(self._raw("targets")), words(self._raw("shares"))
        if len(shares) > len(prices):
            self.add_error("shares", _("There are more shares than targets. Leave some out."))
        found = [{"price": price} for price in prices]
        for target, share in zip(found, shares, strict=False):
            if share != NONE:
                target["share"] = share
        return found
