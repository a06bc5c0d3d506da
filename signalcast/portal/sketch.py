"""The picture of a signal that is still being written."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.utils.safestring import SafeString

from signalcast.core.prices import NotAPrice, price
from signalcast.portal.draw_levels import draw_levels, levels_of
from signalcast.portal.forms.signal import SignalForm, words


def sketch(form: SignalForm, side: str = "") -> SafeString:
    """The levels of a form as far as they can be read; SIDE where the form doesn't ask for it."""
    read = _prices(form, "stop_loss")
    levels = levels_of(
        entries=_prices(form, "entries"),
        stop=read[0] if read else None,
        targets=_prices(form, "targets"),
    )
    return draw_levels(levels, side=side or str(form["side"].value() or "buy"))


def _prices(form: SignalForm, name: str) -> list[Decimal]:
    return list(_readable(words(str(form[name].value() or ""))[:20]))


def _readable(texts: Iterable[str]) -> Iterable[Decimal]:
    for text in texts:
        try:
            yield price(text)
        except NotAPrice:
            continue
