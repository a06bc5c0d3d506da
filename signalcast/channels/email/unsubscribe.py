"""Leave by one click, without signing in: the address in a mail is the right to do it."""

from __future__ import annotations

from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils.translation import gettext as _

from signalcast.channels.models import Destination
from signalcast.channels.switch import switch, switched_off, switched_on
from signalcast.core import events
from signalcast.core.env import environment


def unsubscribe_address(uid: str) -> str:
    """Where the destination with this public id is unsubscribed.

    Empty without a public URL, and without an id: what is no destination cannot be left.
    """
    base = environment().public_url.rstrip("/")
    return base + reverse("unsubscribe", args=[_signer().sign(uid)]) if base and uid else ""


def find(token: str) -> Destination | None:
    """The destination that a token is about; None when it was made up."""
    try:
        uid = _signer().unsign(token)
    except BadSignature:
        return None
    return Destination.objects.filter(uid=uid).first()


def unsubscribe(destination: Destination) -> None:
    """Send nothing more there. Safe to repeat."""
    switch(destination, switched_off(_("Unsubscribed by a link in an e-mail.")))
    events.emit("destination.unsubscribed", destination=str(destination.uid))


def subscribe_again(destination: Destination) -> None:
    """Take an unsubscription back."""
    switch(destination, switched_on())
    events.emit("destination.subscribed_again", destination=str(destination.uid))


def _signer() -> Signer:
    return Signer(salt="unsubscribe")
