"""The address of a Discord webhook. Whoever knows it may post: the token in it is a password."""

from __future__ import annotations

import re
from typing import NamedTuple

from django.utils.translation import gettext as _
from yarl import URL

from signalcast.channels.base import AddressError, Hidden
from signalcast.core.env import environment
from signalcast.core.http import WrongUrl, check_url

#: https://discord.com/developers/docs/resources/webhook#execute-webhook
PATH = re.compile(r"/api(?:/v[0-9]{1,2})?/webhooks/([0-9]{5,20})/([A-Za-z0-9_-]{16,200})/?")
HOSTS = frozenset(
    prefix + host
    for host in ("discord.com", "discordapp.com")
    for prefix in ("", "www.", "ptb.", "canary.")
)
#: Stands for the token where people look.
CONCEALED = "…"


class Webhook(NamedTuple):
    """A webhook's parts."""

    origin: str
    id: str
    token: str
    thread: str

    def __str__(self) -> str:
        return self._url(self.token)

    @property
    def hidden(self) -> Hidden:
        """The address for people and the one to keep."""
        return Hidden(self._url(CONCEALED), str(self))

    @property
    def posting_url(self) -> str:
        """Where to post. Discord then answers once the message stands, or says why it doesn't."""
        thread = f"&thread_id={self.thread}" if self.thread else ""
        return f"{self._url(self.token).partition('?')[0]}?wait=true{thread}"

    def _url(self, token: str) -> str:
        thread = f"?thread_id={self.thread}" if self.thread else ""
        return f"{self.origin}/api/webhooks/{self.id}/{token}{thread}"


def read_address(text: str) -> Webhook:
    """The webhook that TEXT is the address of. Raises AddressError with a sentence."""
    allow_private = environment().allow_private_destinations
    try:
        url = check_url(text.strip(), allow_private=allow_private)
    except WrongUrl as error:
        raise AddressError(str(error)) from error
    known = url.host in HOSTS
    found = PATH.fullmatch(url.raw_path)
    if not found or not (known or allow_private):
        raise AddressError(
            _(
                "This is not the address of a Discord webhook. Copy it in Discord: channel "
                "settings, Integrations, Webhooks, Copy Webhook URL."
            )
        )
    if known and (url.scheme, url.port) != ("https", 443):
        raise AddressError(_("The address of a Discord webhook begins with https://."))
    origin = "https://discord.com" if known else str(url.origin())
    return Webhook(origin, found[1], found[2], _thread(url))


def _thread(url: URL) -> str:
    thread = url.query.get("thread_id", "")
    if thread and not re.fullmatch(r"[0-9]{5,20}", thread):
        raise AddressError(_("The thread_id in the address must be a number."))
    return thread
