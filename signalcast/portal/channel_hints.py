"""What people need to know of each channel to give an address of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

Text = Any  # a lazy translation


@dataclass(frozen=True, slots=True)
class Hint:
    """A channel in words."""

    name: Text
    #: What it is good for.
    about: Text
    label: Text
    help: Text
    placeholder: str = ""
    #: It is sent through an account of the owner's: a bot, a mail server.
    needs_account: bool = False


HINTS = {
    "telegram": Hint(
        _("Telegram"),
        _("A channel, a group or a chat. One post to a channel reaches all of its members."),
        _("Channel or group"),
        _(
            "Make your bot an administrator of the channel first, then give the channel's public"
            " name or its number."
        ),
        "@yourchannel",
        needs_account=True,
    ),
    "discord": Hint(
        _("Discord"),
        _("A channel of your server, by a webhook."),
        _("Webhook address"),
        _(
            "In Discord: the channel's settings, Integrations, Webhooks, New webhook, Copy webhook"
            " URL. Whoever has it can post there, so it is kept like a password."
        ),
        "https://discord.com/api/webhooks/…",
    ),
    "email": Hint(
        _("E-mail"),
        _("A mailbox. Each mail can be unsubscribed from with one click."),
        _("E-mail address"),
        _("Where mails go to."),
        "name@example.org",
        needs_account=True,
    ),
    "webhook": Hint(
        _("Webhook"),
        _("A program of yours, such as a trading bot. Each message is signed."),
        _("Address"),
        _("It must answer with a status of 200 to 299 within 15 seconds."),
        "https://example.org/signals",
    ),
    "apprise": Hint(
        _("Another service"),
        _("Slack, Pushover, ntfy, Matrix and a hundred others, through Apprise."),
        _("Apprise address"),
        _("It looks like slack://… or ntfy://…: find yours at https://appriseit.com/services/."),
        "ntfy://ntfy.sh/yourtopic",
    ),
}


def hint(kind: str) -> Hint:
    """The hint of a channel; one that nobody wrote a hint for still has a form."""
    return HINTS.get(kind) or Hint(kind.capitalize(), "", _("Address"), "")


def in_order(kinds: tuple[str, ...]) -> list[tuple[str, Hint]]:
    """Channels with their hints: first what reaches most with one post."""
    known = [kind for kind in HINTS if kind in kinds]
    return [(kind, hint(kind)) for kind in (*known, *(k for k in kinds if k not in HINTS))]
