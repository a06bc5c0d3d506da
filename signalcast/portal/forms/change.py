"""What an analyst changes about an open signal: an update, its close, its cancellation."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.prices import NotAPrice, plain, price
from signalcast.intake.check import UNPRINTABLE_TEXT
from signalcast.intake.problems import FieldError
from signalcast.portal.forms.signal import NONE, SignalForm
from signalcast.signals.models import Signal
from signalcast.signals.revise import State

#: What an update can take away; the typed signal says null for it.
CLEARABLE = ("stop_loss", "leverage", "timeframe", "valid_until")


class UpdateForm(SignalForm):
    """The whole signal, filled in as it stands. `typed` holds what is changed about it alone."""

    def __init__(self, *args: Any, signal: Signal, last: State, **kwargs: Any) -> None:
        self.signal = signal
        self.last = last
        kwargs["initial"] = shown(last) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        for name in ("symbol", "side"):
            del self.fields[name]
        self.fields["comment"].help_text = _("Empty: the last comment stays.")
        self.fields["valid_until"].help_text = ""

    def members(self) -> dict[str, Any]:
        """The signal as it would stand, as an update that names everything."""
        said = {"symbol": self.signal.symbol, "side": self.last.side}
        return super().members() | said | {"ref": str(self.signal.pk), "action": "update"}

    def problems(self) -> list[FieldError]:
        """What is wrong with it, and whether there is anything to publish."""
        known = shown(self.last)
        wanted = self.typed
        # Its end may lie in the past: that is no fault of who moves the stop.
        if wanted.get("valid_until") == _moment(self.last):
            self.typed = {name: wanted[name] for name in wanted if name != "valid_until"}
        found = super().problems()
        waits = wanted.get("order_type") in ("limit", "stop")
        if known["entries"] and not wanted.get("entries"):
            found.append(FieldError("/entries", _("can be replaced, but not taken away")))
        elif waits and not wanted.get("entries"):
            found.append(FieldError("/entries", _("a limit or stop order needs an entry price")))
        self.typed = self._changes(wanted)
        if not found and len(self.typed) == 2:
            found.append(FieldError("", _("nothing is changed yet")))
        return found

    def _changes(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """The members of WANTED that differ from what stands, and null for what is gone."""
        known = _typed(self.last)
        changes = {name: wanted[name] for name in ("ref", "action")}
        for name in (*known, "comment"):
            value = wanted.get(name)
            if name == "comment":
                if value and value != self.last.comment:
                    changes[name] = value
            elif value != known[name] and (value or name in CLEARABLE or name == "take_profits"):
                changes[name] = value or ([] if name == "take_profits" else None)
        return changes


class CloseForm(forms.Form):
    """The end of a signal. `typed` is what it says, once it is valid."""

    price = forms.CharField(
        label=gettext_lazy("Left at"),
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("The exit price, if you want to tell it."),
    )
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, signal: Signal, action: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.signal, self.action = signal, action
        self.typed: dict[str, str] = {}
        if action == "cancel":
            del self.fields["price"]

    def clean_price(self) -> str:
        """A price like any other of a signal."""
        text = str(self.cleaned_data["price"]).strip()
        if text:
            try:
                return plain(price(text))
            except NotAPrice as problem:
                raise forms.ValidationError(_("It %(problem)s.") % {"problem": problem}) from None
        return text

    def clean_comment(self) -> str:
        """Text with lines."""
        text = str(self.cleaned_data["comment"]).replace("\r\n", "\n")
        if UNPRINTABLE_TEXT.search(text):
            raise forms.ValidationError(_("It contains control characters. Type it anew."))
        return text

    def clean(self) -> dict[str, Any]:
        """Put together what is to be said."""
        self.typed = {"ref": str(self.signal.pk), "action": self.action}
        given = {name: self.cleaned_data.get(name, "") for name in ("price", "comment")}
        self.typed |= {name: value for name, value in given.items() if value}
        return self.cleaned_data


def shown(last: State) -> dict[str, Any]:
    """A signal's state as the fields of its form show it."""
    targets = last.targets
    shares = [NONE if target.share is None else plain(target.share) for target in targets]
    return {
        "order_type": last.order_type,
        "entries": " ".join(plain(entry) for entry in last.entries),
        "stop_loss": plain(last.stop_loss) if last.stop_loss is not None else "",
        "targets": " ".join(plain(target.price) for target in targets),
        "shares": " ".join(shares) if any(share != NONE for share in shares) else "",
        "leverage": plain(last.leverage) if last.leverage is not None else "",
        "timeframe": last.timeframe,
        "valid_until": last.valid_until,
    }


def _typed(last: State) -> dict[str, Any]:
    """The same as the typed signal's members, None for what is not there."""
    return {
        "order_type": last.order_type,
        "entries": [plain(entry) for entry in last.entries] or None,
        "stop_loss": plain(last.stop_loss) if last.stop_loss is not None else None,
        "take_profits": [
            {"price": plain(target.price)}
            | ({} if target.share is None else {"share": plain(target.share)})
            for target in last.targets
        ]
        or None,
        "leverage": plain(last.leverage) if last.leverage is not None else None,
        "timeframe": last.timeframe or None,
        "valid_until": _moment(last),
    }


def _moment(last: State) -> str | None:
    """When it ends, to the minute that a form shows."""
    if last.valid_until is None:
        return None
    return last.valid_until.astimezone(UTC).replace(second=0, microsecond=0).isoformat()
