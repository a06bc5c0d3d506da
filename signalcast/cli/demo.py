"""The small demo of a first start: who is in it, where its receiver listens, what to try."""

from __future__ import annotations

import json
import secrets

import msgspec
from django.utils.translation import gettext as _

from signalcast.cli.load.apply import apply
from signalcast.cli.load.document import Document
from signalcast.core import env, signing
from signalcast.core.home import home
from signalcast.core.ports import free_port
from signalcast.pipeline import Process


class Demo(msgspec.Struct, kw_only=True):
    """What the demo needs to know at its next start."""

    receiver_port: int
    receiver_secret: str
    token: str
    email: str
    password: str


def exists() -> bool:
    """Whether this home holds the demo."""
    return (home() / "demo.json").exists()


def prepare() -> Demo:
    """Load the demo, the first time; later what was loaded is used again.

    Allows deliveries to this machine for the processes that this one starts.
    """
    env.put(allow_private_destinations="1")
    path = home() / "demo.json"
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Demo)
    made = Demo(
        receiver_port=free_port(),
        receiver_secret=signing.new_secret(),
        token="demo-" + secrets.token_urlsafe(12),
        email="owner@example.org",
        password=secrets.token_urlsafe(9),
    )
    apply(msgspec.convert(_document(made), Document))
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(made)))
    return made


def receiver(demo: Demo) -> Process:
    """The process that plays the subscriber."""
    return Process("sink", f"sink --port {demo.receiver_port}", 1, 5, "plays the demo's subscriber")


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
    return _(
        """
Signalcast is ready, with a small demo.

  Look      %(url)s/
  Sign in   %(email)s   %(password)s
  Receiver  http://127.0.0.1:%(port)d/   what the demo's subscriber got
  Logs      %(logs)s

Send a first signal:

  curl -i %(url)s/in/v1/signals -H 'Authorization: Bearer %(token)s' \\
    -H 'Content-Type: application/json' -d '%(body)s'

Deliveries to this machine are allowed for the demo. Ctrl-C stops everything.
"""
    ) % {
        "url": url,
        "email": demo.email,
        "password": demo.password,
        "port": demo.receiver_port,
        "logs": home() / "log",
        "token": demo.token,
        "body": body,
    }


def _document(demo: Demo) -> dict[str, object]:
    destination = {
        "channel": "webhook",
        "url": f"http://127.0.0.1:{demo.receiver_port}/signals",
        "secret": demo.receiver_secret,
    }
    return {
        "feeds": [{"slug": "crypto", "name": "Crypto"}],
        "plans": [
            {
                "slug": "gold",
                "name": "Gold",
                "price": "29.00",
                "currency": "USD",
                "interval": "month",
                "feeds": ["crypto"],
                "channels": ["webhook"],
            }
        ],
        "sources": [{"slug": "demo", "feed": "crypto", "token": demo.token, "publish": "auto"}],
        "users": [
            {"email": demo.email, "password": demo.password, "roles": ["owner"]},
            {
                "email": "subscriber@example.org",
                "password": secrets.token_urlsafe(9),
                "roles": ["subscriber"],
                "plans": ["gold"],
                "destinations": [destination],
            },
        ],
    }
