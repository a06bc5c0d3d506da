"""The demo: people of every channel, receivers on this machine, and a player that posts signals."""

from __future__ import annotations

import json
import secrets

import msgspec
from django.utils.translation import gettext as _

from signalcast.cli.demo import plans
from signalcast.cli.demo.document import DOMAIN, SUBSCRIBERS, document, subscriber
from signalcast.cli.load.apply import apply
from signalcast.cli.load.document import Document
from signalcast.core import env, signing
from signalcast.core.home import home
from signalcast.core.ports import free_port
from signalcast.pipeline import Process


class Demo(msgspec.Struct, kw_only=True):
    """What the demo needs to know at its next start."""

    receiver_port: int
    mail_port: int
    receiver_secret: str
    #: Of sources, by their slugs.
    tokens: dict[str, str]
    #: Of those who can sign in, by their roles.
    passwords: dict[str, str]

    def email(self, role: str) -> str:
        """The address that somebody of a role signs in with."""
        return f"{role}@{DOMAIN}"


def exists() -> bool:
    """Whether this home holds the demo."""
    return (home() / "demo.json").exists()


def read() -> Demo:
    """The demo that this home holds."""
    return msgspec.json.decode((home() / "demo.json").read_bytes(), type=Demo)


def prepare() -> Demo:
    """Load the demo, the first time; later what was loaded is used again.

    Allows deliveries to this machine for the processes that this one starts.
    """
    env.put(allow_private_destinations="1")
    if exists():
        plans.go_on()
        return read()
    made = Demo(
        receiver_port=free_port(),
        mail_port=free_port(),
        receiver_secret=signing.new_secret(),
        tokens={
            slug: f"{slug}-{secrets.token_urlsafe(12)}"
            for slug in ("demo-desk", "demo-fx", "demo-chat", "demo-trainee")
        },
        passwords={role: secrets.token_urlsafe(9) for role in ("owner", "analyst", "subscriber")},
    )
    apply(msgspec.convert(document(made), Document))
    plans.begin({number: subscriber(number) for number in range(SUBSCRIBERS)})
    path = home() / "demo.json"
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(made)))
    return made


def processes(demo: Demo) -> tuple[Process, ...]:
    """What runs beside the product: the receivers of all channels, and who posts signals."""
    receivers = f"sink --port {demo.receiver_port} --smtp-port {demo.mail_port}"
    return (
        Process("sink", receivers, 1, 5, "plays the demo's subscribers"),
        Process("player", "demo --play", 1, 5, "posts the demo's signals"),
    )


def hello(demo: Demo, url: str) -> str:
    """Where to look and what to send."""
    body = json.dumps(
        {
            "id": "first-1",
            "symbol": "BTCUSDT",
            "side": "buy",
            "order_type": "limit",
            "entries": ["64250.5"],
            "stop_loss": "63000",
            "take_profits": [{"price": "65000", "share": "0.5"}],
        }
    )
    people = "\n".join(
        f"  {role:<12}{demo.email(role)}   {password}" for role, password in demo.passwords.items()
    )
    return _(
        """
Signalcast is ready, with a demo: a signal every few seconds, 200 subscribers.

  Look      %(url)s/
  Receivers http://127.0.0.1:%(port)d/   what the demo's subscribers got
  Logs      %(logs)s

Sign in:

%(people)s

Send a first signal:

  curl -i %(url)s/in/v1/signals -H 'Authorization: Bearer %(token)s' \\
    -H 'Content-Type: application/json' -d '%(body)s'

Deliveries to this machine are allowed for the demo. Ctrl-C stops everything; afterwards
`signalcast demo --stop` removes the demo without a trace.
"""
    ) % {
        "url": url,
        "people": people,
        "port": demo.receiver_port,
        "logs": home() / "log",
        "token": demo.tokens["demo-desk"],
        "body": body,
    }
