"""Whether signals flow: one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from signalcast.ops.console.glance import Glance, Tile
from signalcast.pipeline import ARRIVAL_BUDGET, Queue
from signalcast.portal.templatetags.signalcast import moment

#: A wait of so many budgets is no delay any more, it stands still.
STUCK = 10
#: Percent that a channel accepts at least, of so many attempts or more.
SHARE, FEW = 80, 10
ROLES = {
    "worker": gettext_lazy("worker"),
    "sender": gettext_lazy("sender"),
    "scheduler": gettext_lazy("scheduler"),
}
#: Without these nothing moves.
MOVERS = ("worker", "sender")


class State(StrEnum):
    """How it is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Verdict(NamedTuple):
    """A state and the sentence that says why, with values yet to be filled in."""

    state: State
    words: str
    values: Mapping[str, object]

    def plain(self) -> str:
        """The sentence for a terminal, times in UTC."""
        return self.words.format(
            **{
                name: f"{value:%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else value
                for name, value in self.values.items()
            }
        )

    def html(self) -> SafeString:
        """The sentence for a page, times in the reader's time zone."""
        if not self.values:
            return escape(self.words)
        return format_html(
            self.words,
            **{
                name: moment(value) if isinstance(value, datetime) else value
                for name, value in self.values.items()
            },
        )


def verdict(glance: Glance) -> Verdict:
    """The most important thing to say."""
    return _stands_still(glance) or _rests(glance) or _is_late(glance) or _flows(glance)


def _stands_still(glance: Glance) -> Verdict | None:
    for role in MOVERS:
        if role not in glance.absent:
            continue
        since = glance.absent[role]
        if since:
            words = _("Signals do not flow: no {role} is alive since {since}.")
            return Verdict(State.FAILED, words, {"role": ROLES[role], "since": since})
        words = _("Signals do not flow: no {role} is alive.")
        return Verdict(State.FAILED, words, {"role": ROLES[role]})
    for tile in glance.tiles:
        if tile.process in MOVERS and tile.living == tile.resting:
            words = _("Signals do not flow: every {role} was told to rest.")
            return Verdict(State.FAILED, words, {"role": ROLES[tile.process]})
    worst = _worst(glance)
    if worst and worst.wait > STUCK * worst.budget:
        words = _("Signals do not flow: what is due has waited {wait} for a {role}.")
        values = {"wait": seconds(worst.wait), "role": ROLES[worst.process]}
        return Verdict(State.FAILED, words, values)
    return None


def _rests(glance: Glance) -> Verdict | None:
    """A queue that signals pass was told to rest, by a person."""
    for pause in glance.pauses:
        if pause.what != f"queue:{Queue.HIGH.label}":
            continue
        values = {"by": pause.by, "until": pause.until}
        if pause.until:
            words = _("Signals wait: {by} paused them until {until}.")
            return Verdict(State.WARNING, words, values)
        return Verdict(State.WARNING, _("Signals wait: {by} paused them."), values)
    return None


def _is_late(glance: Glance) -> Verdict | None:
    worst = _worst(glance)
    if worst and worst.wait > worst.budget:
        words = _("Signals flow, but late: what is due has waited {wait} for a {role}.")
        late = {"wait": seconds(worst.wait), "role": ROLES[worst.process]}
        return Verdict(State.WARNING, words, late)
    for channel in glance.channels:
        if channel.ended >= FEW and 100 * channel.accepted < SHARE * channel.ended:
            words = _("Signals flow, but not by {kind}: {accepted} of {ended} attempts got there.")
            counts = {
                "kind": channel.kind,
                "accepted": str(channel.accepted),
                "ended": str(channel.ended),
            }
            return Verdict(State.WARNING, words, counts)
    slow = glance.arrivals.slow if glance.arrivals else 0.0
    if slow > ARRIVAL_BUDGET:
        words = _(
            "Signals flow, but slowly: 95 of 100 arrive within {slow}, and the budget is {budget}."
        )
        spans = {"slow": seconds(slow), "budget": seconds(ARRIVAL_BUDGET)}
        return Verdict(State.WARNING, words, spans)
    if "scheduler" in glance.absent:
        words = _("Signals flow, but no scheduler is alive: nothing is rescued or planned.")
        return Verdict(State.WARNING, words, {})
    return None


def _flows(glance: Glance) -> Verdict:
    last = glance.last
    if last is None:
        return Verdict(State.OK, _("Signals can flow: all that they need is alive."), {})
    words = ngettext(
        "Signals flow. The last one took {took} to {count} subscriber, at {at}.",
        "Signals flow. The last one took {took} to {count} subscribers, at {at}.",
        last.subscribers,
    )
    values = {"took": seconds(last.took), "count": last.subscribers, "at": last.at}
    return Verdict(State.OK, words, values)


def _worst(glance: Glance) -> Tile | None:
    """The stage whose rows wait longest for their budget."""
    waiting = [tile for tile in glance.tiles if tile.budget]
    return max(waiting, key=lambda tile: tile.wait / tile.budget, default=None)


def seconds(value: float) -> str:
    """A span of time with the unit that fits it."""
    if value < 120:
        return f"{value:.0f} s" if value >= 10 or value == int(value) else f"{value:.2f} s"
    return f"{value / 60:.0f} min" if value < 7_200 else f"{value / 3_600:.1f} h"
