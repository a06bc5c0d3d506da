"""Who and what is in the demo, as a document of `signalcast load`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from signalcast.cli.demo.plans import FEEDS, PLANS, is_on_trial, plan_of, plans

if TYPE_CHECKING:
    from signalcast.cli.demo import Demo

#: All of the demo's addresses are here, and all its slugs and accounts begin like this.
DOMAIN = "demo.example.org"
PREFIX = "demo-"
SUBSCRIBERS = 200
#: Each starts a process of its own at the receivers' side, so there are few.
BY_APPRISE = 4
LANGUAGES = ("", "de", "es", "ru")
BOT = "4711:a-bot-of-the-demo"

SOURCES = {
    "demo-desk": ("demo-crypto", "auto"),
    "demo-fx": ("demo-forex", "auto"),
    "demo-chat": ("demo-indices", "auto"),
    "demo-trainee": ("demo-crypto", "review"),
}


def document(demo: Demo) -> dict[str, Any]:
    """The demo's document."""
    return {
        "accounts": _accounts(demo),
        "feeds": [
            {"slug": slug, "name": name, "broadcasts": _broadcasts(demo, slug)}
            for slug, name in FEEDS.items()
        ],
        "plans": plans(),
        "sources": [
            {"slug": slug, "feed": feed, "token": demo.tokens[slug], "publish": publish}
            for slug, (feed, publish) in SOURCES.items()
        ],
        "users": [*_staff(demo), *(_subscriber(demo, number) for number in range(SUBSCRIBERS))],
    }


def _accounts(demo: Demo) -> list[dict[str, Any]]:
    mail = {"host": "127.0.0.1", "port": demo.mail_port, "security": "none"}
    bot = {"token": BOT, "username": "demo_bot", "base": _at(demo, "telegram")}
    return [
        {
            "channel": "email",
            "name": "demo-mail",
            "settings": mail | {"from": f"Demo signals <signals@{DOMAIN}>"},
        },
        {"channel": "telegram", "name": "demo-bot", "settings": bot},
    ]


def _broadcasts(demo: Demo, feed: str) -> list[dict[str, str]]:
    if feed != "demo-crypto":
        return []
    return [
        {"channel": "telegram", "url": "@demo_channel", "account": "demo-bot"},
        {"channel": "discord", "url": _discord(demo, 0)},
    ]


def _staff(demo: Demo) -> list[dict[str, Any]]:
    return [
        {"email": demo.email(role), "password": demo.passwords[role], "roles": [role]}
        for role in ("owner", "analyst")
    ]


def _subscriber(demo: Demo, number: int) -> dict[str, Any]:
    """The first one can sign in and has gold; the others take plans and channels in turn."""
    plan = plan_of(number)
    channels = [one for one in PLANS[plan][1] if one not in ("live", "apprise")]
    channel = channels[number // len(PLANS) % len(channels)]
    destinations = [_destination(demo, channel, number)]
    if plan == "demo-gold" and number < BY_APPRISE * len(PLANS):
        destinations.append(_destination(demo, "apprise", number))
    return {
        "email": subscriber(number),
        "password": demo.passwords["subscriber"] if number == 0 else "",
        "language": LANGUAGES[number % len(LANGUAGES)],
        "roles": ["subscriber"],
        "plans": [] if is_on_trial(number) else [plan],
        "destinations": destinations,
    }


def subscriber(number: int) -> str:
    """The address of a subscriber."""
    return f"subscriber-{number}@{DOMAIN}" if number else f"subscriber@{DOMAIN}"


def _destination(demo: Demo, channel: str, number: int) -> dict[str, str]:
    match channel:
        case "email":
            address, account = f"subscriber-{number}@{DOMAIN}", "demo-mail"
        case "telegram":
            address, account = str(100_000 + number), "demo-bot"
        case "discord":
            address, account = _discord(demo, number), ""
        case "apprise":
            address, account = _at(demo, f"apprise/{number}").replace("http:", "json:"), ""
        case _:
            address, account = _at(demo, f"subscriber-{number}"), ""
    secret = demo.receiver_secret if channel == "webhook" else ""
    return {"channel": channel, "url": address, "account": account, "secret": secret}


def _discord(demo: Demo, number: int) -> str:
    return _at(demo, f"api/webhooks/{10_000 + number}/demo-token-of-subscriber-{number}")


def _at(demo: Demo, path: str) -> str:
    return f"http://127.0.0.1:{demo.receiver_port}/{path}"
