"""What receivers of tests want."""

from __future__ import annotations

from django.utils import timezone

from signalcast.accounts.models import User
from signalcast.channels.choose_feeds import choose_feeds
from signalcast.channels.models import Destination, QuietHours
from signalcast.channels.quiet import QuietRule
from signalcast.channels.set_fallbacks import set_fallbacks
from signalcast.channels.set_quiet_hours import set_quiet_hours
from signalcast.channels.webhook.tests.peer import Peer
from signalcast.delivery.fan_out import fan_out
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.tests.world import World


def reader(to: Destination) -> User:
    assert to.owner is not None
    return to.owner


def quiet_now(*places: Destination, passes: str = "rest") -> None:
    """Quiet hours that began two hours ago and last for two more."""
    now = timezone.now()
    begins, ends = ((now.hour + shift) % 24 * 60 + now.minute for shift in (-2, 2))
    owner = reader(places[0])
    applies = {place.pk: True for place in places}
    set_quiet_hours(owner, QuietRule("UTC", begins, ends), QuietHours.Passes(passes), applies)


def turn_off(to: Destination, world: World) -> None:
    choose_feeds(reader(to), [(to.pk, world.feed.pk)], [])


def made(about: Post) -> dict[int, Delivery]:
    """Fan it out; its deliveries by destination."""
    while not fan_out(about):
        pass
    return {row.destination_id: row for row in Delivery.objects.filter(post=about)}


def places(peer: Peer) -> list[tuple[str, int]]:
    """Where what arrived."""
    return [(one.path, one.json["data"]["revision"]["number"]) for one in peer.arrivals]


def in_order(*places: Destination, after: int = 60) -> None:
    """Each place is for what did not arrive before it."""
    set_fallbacks(reader(places[0]), [(place.pk, after) for place in places])
