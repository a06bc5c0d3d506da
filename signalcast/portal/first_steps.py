"""An owner's first hour: four steps, each with its state, its last error and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from signalcast.accounts.models import User
from signalcast.channels.models import Destination
from signalcast.core import clock
from signalcast.delivery.models import Attempt, Delivery
from signalcast.delivery.posts import TEST
from signalcast.delivery.states import OPEN, DeliveryState
from signalcast.feeds.desk import outside_sources
from signalcast.feeds.models import Feed
from signalcast.intake.models import Receipt
from signalcast.intake.states import ReceiptState
from signalcast.portal.source_state import in_trouble, source_states, trouble_in_words
from signalcast.signals.models import Signal

#: Longer than this nothing waits while all processes run.
PATIENCE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `error` is the last thing that went wrong and what to do, "" when nothing is."""

    name: str
    title: str
    text: str
    done: bool
    #: What there is already, in words.
    have: str = ""
    error: str = ""
    url: str = ""
    act: str = ""


def first_steps(user: User) -> list[Step]:
    """The steps in their order, as far as USER and the installation have come."""
    return [_feed(), _source(), _signal(), _destination(user)]


def _feed() -> Step:
    feed = Feed.objects.order_by("pk").first()
    return Step(
        name="feed",
        title=_("Create a feed"),
        text=_("A feed is a named stream of signals: what your plans sell, and what people read."),
        done=feed is not None,
        have=feed.name if feed else "",
        url=reverse("feeds") if feed else reverse("create_feed"),
        act=_("See your feeds") if feed else _("Create a feed"),
    )


def _source() -> Step:
    source = outside_sources().order_by("pk").first()
    if source is None:
        url = reverse("create_source") if Feed.objects.exists() else ""
        have, act = "", _("Add a source")
    else:
        url, have, act = reverse("alert", args=[source.slug]), source.slug, _("Open its alert page")
    return Step(
        name="source",
        title=_("Connect TradingView, or whatever sends your signals"),
        text=_("Copy the webhook address and the alert's text from the page of a source."),
        done=source is not None,
        have=have,
        error=_trouble_with_sources(),
        url=url,
        act=act,
    )


def _signal() -> Step:
    source = outside_sources().order_by("pk").first()
    return Step(
        name="signal",
        title=_("Send a test signal"),
        text=_("It goes through the same steps as a real one. Watch it appear among your signals."),
        done=Signal.objects.exists(),
        error=_trouble_at_the_door(),
        url=f"{reverse('alert', args=[source.slug])}#test" if source else "",
        act=_("Send a test signal"),
    )


def _destination(user: User) -> Step:
    mine = Destination.objects.filter(Q(owner=user) | Q(owner=None))
    to_mine = Delivery.objects.filter(destination__in=mine).select_related("destination")
    return Step(
        name="destination",
        title=_("Add a destination and send it a test"),
        text=_(
            "A Telegram channel, a Discord webhook, a mailbox: one post to a channel reaches all"
            " of its members."
        ),
        done=to_mine.filter(state=DeliveryState.SENT).exists(),
        have=" · ".join(sorted(set(mine.values_list("kind", flat=True)[:50]))),
        error=_trouble_in_sending(to_mine),
        url=reverse("destinations") if Feed.objects.exists() else "",
        act=_("Open your destinations"),
    )


def _trouble_with_sources() -> str:
    """What keeps a source from being heard."""
    sources = list(outside_sources().order_by("pk"))
    if sources and not any(source.is_active for source in sources):
        said = _("The source %(name)s is paused: nothing it posts is let in. Resume it.")
        return said % {"name": sources[0].slug}
    for state in source_states(outside_sources().order_by("pk")):
        if state.refusal is not None or state.bot_error:
            return f"{state.source.slug}: {state.error}"
    return ""


def _trouble_at_the_door() -> str:
    newest = Receipt.objects.defer("body").order_by("-pk")
    last = newest.first()
    if last is None or last.state == ReceiptState.DECIDED:
        return ""
    if last.due is not None and _is_late(last.received_at):
        return _("A signal waits to be decided. No worker runs: start all with signalcast up.")
    trouble = newest.filter(in_trouble(), pk=last.pk).first()
    return trouble_in_words(trouble) if trouble else ""


def _trouble_in_sending(to_mine: QuerySet[Delivery]) -> str:
    """The trouble of the last test, since that is what the step asks for; else of the last try."""
    newest = to_mine.order_by("-pk")
    last = newest.filter(post__type=TEST).first() or newest.filter(attempts__gt=0).first()
    last = last or newest.first()
    if last is None or last.state in (DeliveryState.SENT, DeliveryState.HELD):
        return ""
    attempt = Attempt.objects.filter(delivery=last).order_by("-pk").first()
    if why := last.parked_reason or last.reason or (attempt.detail if attempt else ""):
        said = _("%(destination)s: %(why)s Look at its address, then send it a test again.")
        return said % {"destination": last.destination, "why": why}
    if last.state in OPEN and _is_late(last.created_at):
        return _("A message waits to be sent. No sender runs: start all with signalcast up.")
    return ""


def _is_late(moment: datetime) -> bool:
    return clock.now() - moment > PATIENCE
