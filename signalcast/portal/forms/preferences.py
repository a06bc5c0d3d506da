"""When somebody wants peace, and in which order their destinations stand in for each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import time
from typing import Any, NamedTuple

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.channels.models import Destination, FallbackStep, QuietHours
from signalcast.channels.preferences import EVERY_DAY, quiet_by_default
from signalcast.channels.quiet import QuietRule, zones
from signalcast.channels.set_fallbacks import LEAST, MOST, USUAL
from signalcast.plans.channel_words import CHANNELS

DAYS = (
    ("0", gettext_lazy("Monday")),
    ("1", gettext_lazy("Tuesday")),
    ("2", gettext_lazy("Wednesday")),
    ("3", gettext_lazy("Thursday")),
    ("4", gettext_lazy("Friday")),
    ("5", gettext_lazy("Saturday")),
    ("6", gettext_lazy("Sunday")),
)
PASSES = (
    (
        QuietHours.Passes.REST.value,
        gettext_lazy("Let through what belongs to signals I have: updates, closes, cancels"),
    ),
    (QuietHours.Passes.NOTHING.value, gettext_lazy("Hold everything")),
)


class TimeOfDay(forms.TimeInput):
    """A browser's own field for it."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class QuietForm(forms.Form):
    """Quiet hours. `rule` is what is stored once it is valid, None where there shall be none."""

    is_on = forms.BooleanField(label=gettext_lazy("Keep quiet hours"), required=False)
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)
    begins = forms.TimeField(
        label=gettext_lazy("They begin at"), required=False, widget=TimeOfDay, initial=time(22)
    )
    ends = forms.TimeField(
        label=gettext_lazy("They end at"), required=False, widget=TimeOfDay, initial=time(7)
    )
    days = forms.MultipleChoiceField(
        label=gettext_lazy("Days they begin on"),
        choices=DAYS,
        required=False,
        initial=list(EVERY_DAY),
        widget=forms.CheckboxSelectMultiple,
    )
    passes = forms.ChoiceField(
        label=gettext_lazy("Meanwhile"),
        choices=PASSES,
        initial=QuietHours.Passes.REST.value,
        widget=forms.RadioSelect,
        required=False,
    )
    where = forms.MultipleChoiceField(
        label=gettext_lazy("They are for"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        kept: QuietHours | None,
        places: Sequence[Destination],
        chosen: dict[int, bool],
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = _initial(kept) | {
            "where": [
                str(one.pk) for one in places if chosen.get(one.pk, quiet_by_default(one.kind))
            ]
        }
        super().__init__(*args, **kwargs)
        self.places = places
        self.rule: QuietRule | None = None
        # The choices of these two are only known now.
        for name, choices in (
            ("zone", _zone_choices()),
            ("where", [(str(one.pk), told(one)) for one in places]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        """All of it has to be there, once it is on."""
        given = self.cleaned_data
        if not given.get("is_on") or self.errors:
            return given
        for name, problem in (
            ("zone", _("Choose the time zone that you live in.")),
            ("begins", _("Say when they begin.")),
            ("ends", _("Say when they end.")),
            ("days", _("Choose a day at least, or switch them off.")),
        ):
            if given.get(name) in (None, "", []):
                self.add_error(name, problem)
        if self.errors:
            return given
        begins, ends = (given[name].hour * 60 + given[name].minute for name in ("begins", "ends"))
        if begins == ends:
            self.add_error("ends", _("They would never end. Choose another time."))
            return given
        self.rule = QuietRule(given["zone"], begins, ends, "".join(sorted(given["days"])))
        return given

    @property
    def let_through(self) -> QuietHours.Passes:
        """What is sent all the same."""
        return QuietHours.Passes(self.cleaned_data.get("passes") or QuietHours.Passes.REST)

    @property
    def applies(self) -> dict[int, bool]:
        """For which destinations they are, by id."""
        ticked = set(self.cleaned_data.get("where") or ())
        return {one.pk: str(one.pk) in ticked for one in self.places}


class Place(NamedTuple):
    """One destination with its two fields."""

    name: str
    position: BoundField
    after: BoundField


class FallbackForm(forms.Form):
    """For each destination its place in the list, and how long the one before it has."""

    def __init__(
        self,
        *args: Any,
        places: Sequence[Destination],
        kept: dict[int, FallbackStep],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.places = places
        order = [("", _("always, by itself")), *((n, n) for n in range(1, len(places) + 1))]
        for one in places:
            step = kept.get(one.pk)
            self.fields[f"place_{one.pk}"] = forms.TypedChoiceField(
                label=_("Place"),
                choices=order,
                coerce=int,
                empty_value=None,
                required=False,
                initial=step.position + 1 if step else "",
            )
            self.fields[f"after_{one.pk}"] = forms.IntegerField(
                label=_("After so many seconds"),
                min_value=LEAST,
                max_value=MOST,
                required=False,
                initial=step.after if step and step.position else USUAL,
            )

    def rows(self) -> list[Place]:
        """In the order of the page."""
        return [
            Place(told(one), self[f"place_{one.pk}"], self[f"after_{one.pk}"])
            for one in self.places
        ]

    def clean(self) -> dict[str, Any]:
        """No two in one place, and nothing that has nobody to stand in for."""
        at: dict[int, list[str]] = defaultdict(list)
        for one in self.places:
            if (place := self.cleaned_data.get(f"place_{one.pk}")) is not None:
                at[place].append(f"place_{one.pk}")
        for names in at.values():
            for name in names[1:]:
                self.add_error(name, _("Another one has this place. Choose a different one."))
        if len(at) == 1:
            [[name, *_others]] = at.values()
            self.add_error(name, _("One alone is no list. Give another one a place, too."))
        return self.cleaned_data

    @property
    def order(self) -> list[tuple[int, int]]:
        """Destinations in their order, each with the seconds of the one before it."""
        placed = [
            (place, one.pk, self.cleaned_data.get(f"after_{one.pk}") or USUAL)
            for one in self.places
            if (place := self.cleaned_data.get(f"place_{one.pk}")) is not None
        ]
        return [(pk, after) for _place, pk, after in sorted(placed)]


def told(one: Destination) -> str:
    """A destination in words."""
    return f"{CHANNELS.get(one.kind, one.kind)} {one.address}"


def _initial(kept: QuietHours | None) -> dict[str, Any]:
    if kept is None:
        return {}
    begins, ends = (time(minutes // 60 % 24, minutes % 60) for minutes in (kept.begins, kept.ends))
    return {
        "is_on": True,
        # One that is not known any more is none of the choices: another one has to be chosen.
        "zone": kept.zone,
        "begins": begins,
        "ends": ends,
        "days": list(kept.days),
        "passes": kept.passes,
    }


def _zone_choices() -> list[Any]:
    """By parts of the world."""
    parts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in zones():
        part, _slash, city = name.partition("/")
        parts[part].append((name, city.replace("_", " ").replace("/", ", ") or name))
    return [("", _("Choose one")), *((part, cities) for part, cities in sorted(parts.items()))]
