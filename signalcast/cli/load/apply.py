"""Write a checked document into the database. Safe to repeat: what fits already is left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import msgspec
from django.contrib.auth.hashers import check_password, make_password
from django.db import models, transaction

from signalcast.accounts.audit import audit
from signalcast.accounts.models import RoleGrant, User, normal_email
from signalcast.accounts.trust_addresses import trust_addresses
from signalcast.channels.connect import check_address
from signalcast.channels.models import Account, Broadcast, Destination
from signalcast.cli.load import document as parts
from signalcast.cli.load.subscribe_all import subscribe_all
from signalcast.core.money import minor_units
from signalcast.core.secrets import token_digest
from signalcast.feeds.models import Feed, Source
from signalcast.plans.models import Plan, PlanChannel

#: Rows of one statement.
BATCH = 500
#: Hashes of passwords made at the same time; each takes memory as well as a core.
HASHERS = 2
#: What of a plan is called the same in its row.
PLAN_FIELDS = (
    *("family", "description", "trial_days", "grace_days"),
    *("destinations_per_channel", "visibility", "order"),
)

Row = TypeVar("Row", bound=models.Model)
#: How many rows of each kind were created, updated and left as they were.
Changes = dict[str, Counter[str]]
Progress = Callable[[int, int], None]


def apply(
    document: parts.Document, *, progress: Progress = lambda *_: None, by: str = ""
) -> Changes:
    """Write everything in one transaction. Returns what changed.

    PROGRESS is told how many users are done, of how many. BY is who it is noted of in the audit
    log; nothing is noted without.
    """
    hashes = _hashes(document.users, progress)
    changes: Changes = {
        name: Counter(created=0, updated=0, unchanged=0)
        for name in ("accounts", "feeds", "plans", "sources", "users", "destinations")
    }
    with transaction.atomic():
        for account in document.accounts:
            key = {"kind": account.channel, "name": account.name}
            settings = msgspec.json.encode(account.settings, order="sorted").decode()
            _put(changes["accounts"], Account, key, {"settings": settings})
        for feed in document.feeds:
            _put(changes["feeds"], Feed, {"slug": feed.slug}, {"name": feed.name})
        _put_broadcasts(changes["destinations"], document.feeds)
        for plan in document.plans:
            _put_plan(changes["plans"], plan)
        for source in document.sources:
            _put_source(changes["sources"], source)
        _put_users(changes, document.users, hashes)
        if by:
            _note(changes, by)
    return changes


def _note(changes: Changes, by: str) -> None:
    written = {name: counts["created"] + counts["updated"] for name, counts in changes.items()}
    told = ", ".join(f"{count} {name}" for name, count in written.items() if count)
    if told:
        audit("documents.loaded", by=by, target=told, count=sum(written.values()))


def _put(
    counts: Counter[str], model: type[Row], key: dict[str, Any], values: dict[str, Any]
) -> Row:
    """Make the row, or change what differs."""
    row, made = model._default_manager.get_or_create(**key, defaults=values)
    if made:
        counts["created"] += 1
        return row
    differing = [name for name, value in values.items() if getattr(row, name) != value]
    for name in differing:
        setattr(row, name, values[name])
    if differing:
        row.save(update_fields=differing)
    counts["updated" if differing else "unchanged"] += 1
    return row


def _put_plan(counts: Counter[str], plan: parts.Plan) -> None:
    values = {
        "name": plan.name,
        "price": minor_units(plan.price, plan.currency),
        "currency": plan.currency,
        "interval": plan.interval,
        **{name: getattr(plan, name) for name in PLAN_FIELDS},
    }
    row = _put(counts, Plan, {"slug": plan.slug}, values)
    feeds = set(Feed.objects.filter(slug__in=plan.feeds))
    had = set(row.feeds.all())
    kinds = set(row.channels.values_list("kind", flat=True))
    if feeds == had and kinds == set(plan.channels):
        return
    row.feeds.set(feeds)
    row.channels.exclude(kind__in=plan.channels).delete()
    PlanChannel.objects.bulk_create(
        PlanChannel(plan=row, kind=kind) for kind in set(plan.channels) - kinds
    )
    if had or kinds:  # it was there before
        counts["unchanged"] -= 1
        counts["updated"] += 1


def _put_source(counts: Counter[str], source: parts.Source) -> None:
    values = {
        "feed": Feed.objects.get(slug=source.feed),
        "token_digest": token_digest(source.token),
        "publish": source.publish,
        "body_secret": source.body_secret,
        "signing_secret": source.signing_secret,
        "max_lag": source.max_lag,
        "parser": source.parser,
    }
    if source.chats:  # else the one that it found out by itself stays
        values["chats"] = " ".join(map(str, source.chats))
    _put(counts, Source, {"slug": source.slug}, values)


def _hashes(users: Iterable[parts.User], progress: Progress) -> dict[str, str]:
    """The password hashes to store, by address: those that fit already are not made again."""
    wanted = {normal_email(user.email): user.password for user in users if user.password}
    stored = dict(_existing(User, "email", list(wanted)).values_list("email", "password"))

    def hashed(email: str) -> tuple[str, str]:
        password = wanted[email]
        if email in stored and check_password(password, stored[email]):
            return email, stored[email]
        return email, make_password(password)

    made: dict[str, str] = {}
    with ThreadPoolExecutor(HASHERS) as pool:
        for email, encoded in pool.map(hashed, wanted):
            made[email] = encoded
            progress(len(made), len(wanted))
    return made


def _existing(model: type[Row], field: str, values: list[str]) -> models.QuerySet[Row]:
    # Beyond what one statement takes as parameters, reading all is the better query.
    rows = model._default_manager.all()
    return rows.filter(**{f"{field}__in": values}) if len(values) <= BATCH else rows


def _put_users(changes: Changes, users: list[parts.User], hashes: dict[str, str]) -> None:
    by_email = {normal_email(user.email): user for user in users}
    known = {user.email: user for user in _existing(User, "email", list(by_email))}
    fresh = [
        User(
            email=email,
            name=user.name,
            language=user.language,
            password=hashes.get(email) or make_password(None),
        )
        for email, user in by_email.items()
        if email not in known
    ]
    User.objects.bulk_create(fresh, batch_size=BATCH)
    touched = {user.email for user in known.values() if _renamed(user, by_email, hashes)}
    rows = {user.email: user for user in _existing(User, "email", list(by_email))}
    trust_addresses(rows[user.email] for user in fresh)
    touched |= _grant_roles(by_email, rows)
    touched |= subscribe_all(by_email, rows)
    _put_destinations(changes["destinations"], by_email, rows)
    updated = len(touched & set(known) & set(by_email))
    changes["users"].update(
        created=len(fresh), updated=updated, unchanged=len(by_email) - len(fresh) - updated
    )


def _renamed(user: User, by_email: dict[str, parts.User], hashes: dict[str, str]) -> bool:
    """Bring a known user's name and password up to date. Whether that changed anything."""
    wanted = by_email.get(user.email)
    if wanted is None:
        return False
    name, language = wanted.name or user.name, wanted.language or user.language
    password = hashes.get(user.email, user.password)
    if (name, language, password) == (user.name, user.language, user.password):
        return False
    User.objects.filter(pk=user.pk).update(name=name, language=language, password=password)
    return True


def _grant_roles(by_email: dict[str, parts.User], rows: dict[str, User]) -> set[str]:
    had = set(RoleGrant.objects.values_list("user_id", "role"))
    grants = [
        RoleGrant(user=rows[email], role=role)
        for email, user in by_email.items()
        for role in dict.fromkeys(user.roles)
        if (rows[email].pk, role) not in had
    ]
    RoleGrant.objects.bulk_create(grants, batch_size=BATCH)
    return {grant.user.email for grant in grants}


def _put_destinations(
    counts: Counter[str], by_email: dict[str, parts.User], rows: dict[str, User]
) -> None:
    known = {
        (row.owner_id, row.kind, row.address): row
        for row in Destination.objects.filter(owner__isnull=False)
    }
    accounts = _accounts()
    fresh = []
    for email, user in by_email.items():
        for wanted in user.destinations:
            made = _destination(wanted, accounts)
            made.owner = rows[email]
            row = known.get((made.owner.pk, made.kind, made.address))
            if row is None:
                known[made.owner.pk, made.kind, made.address] = made
                fresh.append(made)
            else:
                counts["updated" if _bring_up_to_date(row, made) else "unchanged"] += 1
    Destination.objects.bulk_create(fresh, batch_size=BATCH)
    counts["created"] += len(fresh)


def _put_broadcasts(counts: Counter[str], feeds: Iterable[parts.Feed]) -> None:
    accounts = _accounts()
    for feed in feeds:
        for wanted in feed.broadcasts:
            made = _destination(wanted, accounts)
            rows = Destination.objects.filter(owner=None, kind=made.kind, address=made.address)
            if row := rows.first():
                counts["updated" if _bring_up_to_date(row, made) else "unchanged"] += 1
            else:
                made.save()
                counts["created"] += 1
            Broadcast.objects.get_or_create(
                feed=Feed.objects.get(slug=feed.slug), destination=row or made
            )


def _accounts() -> dict[tuple[str, str], Account]:
    return {(row.kind, row.name): row for row in Account.objects.all()}


def _destination(
    wanted: parts.Destination, accounts: dict[tuple[str, str], Account]
) -> Destination:
    """What is wanted as a row, not stored yet."""
    address, secret = check_address(wanted.channel, wanted.url, wanted.secret)
    return Destination(
        kind=wanted.channel,
        address=address,
        secret=secret,
        account=accounts[wanted.channel, wanted.account] if wanted.account else None,
    )


def _bring_up_to_date(row: Destination, wanted: Destination) -> bool:
    """Change what differs. Whether that was anything."""
    if not row.pk or (row.secret, row.account_id) == (wanted.secret, wanted.account_id):
        return False
    Destination.objects.filter(pk=row.pk).update(secret=wanted.secret, account=wanted.account)
    return True
