"""Read and check a document before anything is written."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
import yaml
from django.utils.translation import gettext as _

from signalcast.accounts.models import normal_email
from signalcast.channels.base import AddressError
from signalcast.channels.connect import check_address
from signalcast.channels.models import Account
from signalcast.channels.registry import kinds, sellable
from signalcast.cli.load.document import Destination, Document
from signalcast.feeds.models import Feed
from signalcast.plans.models import Plan, Subscription
from signalcast.signals import parsers

#: What stays of a plan besides its family as long as somebody has it.
KEPT = ("interval", "currency")


class WrongDocument(Exception):
    """A document that cannot be loaded. Each problem is a sentence that names its place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read(path: Path) -> Document:
    """The document in a YAML or JSON file, checked. Raises WrongDocument."""
    try:
        text = path.read_text()
    except OSError as error:
        raise WrongDocument([f"{path}: {error.strerror}."]) from None
    except UnicodeDecodeError:
        raise WrongDocument([_("%(path)s is not text in UTF-8.") % {"path": path}]) from None
    try:
        plain = (
            msgspec.json.decode(text)
            if path.suffix == ".json"
            else yaml.load(text, Loader=yaml.CSafeLoader)
        )
    except (yaml.YAMLError, msgspec.DecodeError) as error:
        raise WrongDocument([f"{path}: {error}"]) from None
    try:
        document = msgspec.convert(plain if plain is not None else {}, Document, strict=False)
    except msgspec.ValidationError as error:
        raise WrongDocument([_place(str(error))]) from None
    if problems := list(_problems(document)):
        raise WrongDocument(problems)
    return document


def _place(message: str) -> str:
    """msgspec's message with the place in front: plans[0].price: Expected ..."""
    found = re.search(r"^(.*) - at `\$\.?([^`]*)`$", message, re.DOTALL)
    return f"{found[2] or 'document'}: {found[1]}." if found else f"document: {message}."


def _problems(document: Document) -> Iterator[str]:
    feeds = {feed.slug for feed in document.feeds} | _stored(Feed)
    plans = {plan.slug for plan in document.plans} | _stored(Plan)
    yield from _twice("feeds", [feed.slug for feed in document.feeds])
    yield from _twice("plans", [plan.slug for plan in document.plans])
    yield from _twice("sources", [source.slug for source in document.sources])
    yield from _twice("sources", [source.token for source in document.sources], secret=True)
    yield from _twice("users", [user.email.strip().lower() for user in document.users])
    for at, plan in enumerate(document.plans):
        yield from _unknown(f"plans[{at}].feeds", plan.feeds, feeds)
        yield from _unknown(f"plans[{at}].channels", plan.channels, set(sellable()))
        if not 0 <= plan.price < 10**12:
            yield f"plans[{at}].price: must be from 0 to below 1,000,000,000,000."
    for at, source in enumerate(document.sources):
        yield from _unknown(f"sources[{at}].feed", [source.feed], feeds)
        yield from _unknown(f"sources[{at}].parser", [source.parser], set(parsers.names()))
    for at, account in enumerate(document.accounts):
        yield from _unknown(f"accounts[{at}].channel", [account.channel], set(kinds()))
    yield from _twice("accounts", [f"{one.channel} {one.name}" for one in document.accounts])
    accounts = {(one.channel, one.name) for one in document.accounts}
    accounts |= set(Account.objects.values_list("kind", "name"))
    for at, feed in enumerate(document.feeds):
        for number, destination in enumerate(feed.broadcasts):
            yield from _unreachable(f"feeds[{at}].broadcasts[{number}]", destination, accounts)
    yield from _families(document)
    for at, user in enumerate(document.users):
        yield from _unknown(f"users[{at}].plans", user.plans, plans)
        for number, destination in enumerate(user.destinations):
            yield from _unreachable(f"users[{at}].destinations[{number}]", destination, accounts)


def _families(document: Document) -> Iterator[str]:
    """A user has one plan of a family, and a family stays as long as somebody is in it."""
    current = Subscription.objects.filter(current_key__isnull=False)
    held: dict[str, set[str]] = defaultdict(set)
    for email, slug in current.values_list("user__email", "plan__slug"):
        held[email].add(slug)
    taken = set().union(*held.values())
    stored = {plan.slug: plan for plan in Plan.objects.all()}
    groups = {slug: plan.group for slug, plan in stored.items()}
    for at, plan in enumerate(document.plans):
        group = plan.family or plan.slug
        if plan.slug in taken:
            agreed = {"family": groups[plan.slug] == group}
            agreed |= {
                name: getattr(stored[plan.slug], name) == getattr(plan, name) for name in KEPT
            }
            for name in (name for name, same in agreed.items() if not same):
                place = f"plans[{at}].{name}"
                yield _("%(place)s: somebody has this plan, so it stays as it is.") % {
                    "place": place
                }
        groups[plan.slug] = group
    for at, user in enumerate(document.users):
        found: dict[str, str] = {}
        known = sorted(held.get(normal_email(user.email), set()))
        for slug in [*known, *user.plans]:
            other = found.setdefault(groups.get(slug, slug), slug)
            if other != slug:
                yield _("%(place)s: %(one)s and %(other)s are alternatives, one has one.") % {
                    "place": f"users[{at}].plans",
                    "one": f'"{other}"',
                    "other": f'"{slug}"',
                }


def _unreachable(
    where: str, destination: Destination, accounts: set[tuple[str, str]]
) -> Iterator[str]:
    kind = destination.channel
    if kind not in kinds():
        yield from _unknown(f"{where}.channel", [kind], set(kinds()))
        return
    if destination.account:
        known = {name for of, name in accounts if of == kind}
        yield from _unknown(f"{where}.account", [destination.account], known)
    try:
        check_address(kind, destination.url)
    except AddressError as problem:
        yield f"{where}.url: {problem}"


def _stored(model: type[Feed | Plan]) -> set[str]:
    return set(model._default_manager.values_list("slug", flat=True))


def _unknown(place: str, named: list[str], known: set[str]) -> Iterator[str]:
    for name in named:
        if name not in known:
            listed = ", ".join(sorted(known)) or _("none")
            yield _("%(place)s: there is no %(name)s. There is: %(listed)s.") % {
                "place": place,
                "name": f'"{name}"',
                "listed": listed,
            }


def _twice(place: str, names: list[str], *, secret: bool = False) -> Iterator[str]:
    seen: set[str] = set()
    for at, name in enumerate(names):
        if name in seen:
            shown = _("the token") if secret else f'"{name}"'
            yield _("%(place)s[%(at)d]: %(name)s is there twice.") % {
                "place": place,
                "at": at,
                "name": shown,
            }
        seen.add(name)
