"""Every table is in the back office: looked at by staff, changed by owners where that is meant."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from signalcast.accounts.models import AuditEntry, Role, RoleGrant, User
from signalcast.channels.models import Account, Destination
from signalcast.core.back_office import BackOffice, FirstRows, is_secret
from signalcast.core.static_files import static_sources
from signalcast.delivery.models import Delivery, Post
from signalcast.delivery.publish import publish
from signalcast.feeds.models import Feed, Instrument, InstrumentAlias
from signalcast.intake.models import Receipt
from signalcast.ops.back_office.urls import SITE
from signalcast.payments.tests.market import person
from signalcast.plans.models import Coupon, Subscription, SubscriptionChange
from signalcast.portal.tests.cast import NEW, Cast, make_cast, signed_in, text
from signalcast.signals.models import Revision, Signal
from signalcast.work.models import Job

pytestmark = pytest.mark.django_db(transaction=True)

#: Tables that are not there, and why.
EXCUSED = {
    "api.StoredAnswer": "kept for a day to be said again; some answers show a secret",
    "auth.Permission": "roles say who may do what",
    "auth.Group": "roles say who may do what",
    "contenttypes.ContentType": "names of tables",
    "sessions.Session": "whoever has its key is signed in",
    "account.EmailConfirmation": "codes take the place of its keys",
    "socialaccount.SocialApp": "set up by SIGNALCAST_OPENID; holds a secret",
    "socialaccount.SocialToken": "lets somebody in elsewhere",
}
#: What owners may change, and what they may add and delete. All else is read.
CHANGED = {
    "accounts.User": ("name", "language"),
    "feeds.Feed": ("name",),
    "feeds.Instrument": ("kind",),
    "plans.Plan": ("name", "description", "order"),
    "plans.Coupon": ("max_redemptions",),
    "work.Pause": ("reason",),
    "alerts.Maintenance": ("reason",),
    "queues.WatchedSearch": ("name",),
}
ADDED = {"feeds.Instrument", "feeds.InstrumentAlias"}
OBSERVERS = ("owner", "operator", "support")
#: Tables whose lists show what rows point at.
LONG = (RoleGrant, Destination, Receipt, Revision, Post, Delivery, Subscription, SubscriptionChange)
KNOWN: dict[type[Model], BackOffice] = SITE._registry


def path(model: type[Model], page: str, *parts: object) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=parts)


def browser(role: str) -> Client:
    return signed_in(person(role, role))


def test_every_table_is_there_or_excused_by_name() -> None:
    found = {model._meta.label for model in apps.get_models()}

    assert found - {model._meta.label for model in KNOWN} == EXCUSED.keys()
    assert all(isinstance(one, BackOffice) for one in KNOWN.values())


@pytest.mark.wide
def test_each_table_is_changed_where_that_is_meant_and_nowhere_else() -> None:
    owner = browser("owner")

    assert {m._meta.label: tuple(a.editable) for m, a in KNOWN.items() if a.editable} == CHANGED
    for model in KNOWN:
        label = model._meta.label
        forms = {"add": path(model, "add"), "change": path(model, "change", 1)}
        forms["delete"] = path(model, "delete", 1)
        taken = {
            name
            for name, address in forms.items()
            if owner.post(address, {"post": "yes"}).status_code != 403
        }
        assert owner.post(path(model, "changelist"), {"action": "x"}).status_code == 405
        expected = {"add", "delete"} if label in ADDED else set()
        assert taken == expected | ({"change"} if label in CHANGED else set()), label


@pytest.mark.parametrize("role", ["", *Role.values])
def test_observers_look_and_owners_alone_change(role: str) -> None:
    feed = Feed.objects.create(slug="crypto", name="Majors")
    client = browser(role) if role else Client()
    pages = ("/admin/", path(Feed, "changelist"), path(Feed, "change", feed.pk), "/admin/nowhere/")

    for address in pages:
        answer = client.get(address)
        if not role:
            assert answer.headers["Location"] == f"/sign-in/?next={address}"
        elif role in OBSERVERS:
            assert answer.status_code == (404 if "nowhere" in address else 200)
        else:
            assert answer.status_code == 403
    answer = client.post(path(Feed, "change", feed.pk), {"name": "Other"})
    changed = Feed.objects.get().name == "Other"
    assert changed == (role == "owner"), (role, answer.status_code)


def test_somebody_whose_pages_are_looked_at_has_no_back_office(cast: Cast) -> None:
    cast.olga.post("/app/look-as/", {"email": "alice@example.org", "reason": "Ticket 1"})

    assert cast.olga.get("/admin/").status_code == 403


def test_the_one_entrance_leads_in_and_out() -> None:
    owner = browser("owner")

    assert Client().get("/admin/login/?next=/admin/plans/").headers["Location"] == (
        "/sign-in/?next=/admin/plans/"
    )
    assert owner.post("/admin/logout/").headers["Location"] == reverse("account_logout")
    there = reverse("account_change_password")
    assert owner.get("/admin/password_change/").headers["Location"] == there


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def rows(cast: Cast) -> list[tuple[type[Model], Any]]:
    """A row of each table that has one."""
    found = ((model, model._base_manager.first()) for model in KNOWN)
    return [(model, row) for model, row in found if row is not None]


SECRETS = ("hidden-address-key", "hidden-bot-token", "hidden-argument", "argon2", "whsec_")


@pytest.mark.wide
def test_no_page_shows_what_lets_somebody_in(cast: Cast) -> None:
    Account.objects.create(kind="telegram", name="bot", settings='{"token": "hidden-bot-token"}')
    Destination.objects.update(secret="hidden-address-key")
    Job.objects.create(name="account_mail", arguments={"sealed": "hidden-argument"})
    User.objects.get(email="olga@example.org").set_password("x")
    named = set()

    for model, row in rows(cast):
        lines = text(cast.olga, path(model, "changelist"))
        whole = text(cast.olga, path(model, "change", row.pk))
        for secret in SECRETS:
            assert secret not in lines + whole, model
        named |= set(re.findall(r'(?:href|src)="/static/([^"]+)"', lines + whole))

    # What is named is collected, too.
    assert named
    assert named <= static_sources().keys()


def test_no_column_filter_or_search_knows_a_secret(rf: Any) -> None:
    for model, one in KNOWN.items():
        secret = {f.name for f in model._meta.concrete_fields if is_secret(f)} | set(one.hidden)
        named = {*one.list_display, *one.list_filter, *one.search_fields, *one.editable}
        assert not secret & named, model
        assert not secret & {*one.get_fields(rf.get("/"), model())}, model


def test_a_secret_can_not_be_guessed_by_filtering_for_how_it_begins() -> None:
    support = browser("support")

    for model in KNOWN:
        for field in model._meta.concrete_fields:
            if is_secret(field):
                address = path(model, "changelist")
                assert support.get(f"{address}?{field.name}__startswith=a").status_code == 400
    assert support.get(f"{path(User, 'changelist')}?grants__role=owner").status_code == 400
    assert support.get(f"{path(User, 'changelist')}?is_active__exact=1").status_code == 200


def test_a_change_is_in_the_audit_log_with_what_was_there_before() -> None:
    owner, feed = browser("owner"), Feed.objects.create(slug="crypto", name="Majors")

    owner.post(path(Feed, "change", feed.pk), {"name": "Large caps", "slug": "other"})
    owner.post(path(Feed, "change", feed.pk), {"name": "Large caps"})

    entry = AuditEntry.objects.get()
    assert (entry.by, entry.action) == ("owner@example.org", "admin.changed")
    assert entry.target == f"feeds.feed {feed.pk}: Large caps"
    assert entry.details == {"changes": "name: Majors → Large caps"}
    feed.refresh_from_db()
    assert (feed.name, feed.slug) == ("Large caps", "crypto")
    history = owner.get(path(Feed, "history", feed.pk))
    assert history.headers["Location"] == reverse("audit")


def test_a_language_is_one_that_there_is() -> None:
    owner, ann = browser("owner"), person("ann")

    refused = owner.post(path(User, "change", ann.pk), {"name": "Ann", "language": "../de"})
    owner.post(path(User, "change", ann.pk), {"name": "Ann", "language": "es"})

    assert "One of en, de, es, ru" in refused.content.decode()
    ann.refresh_from_db()
    assert (ann.name, ann.language) == ("Ann", "es")


def test_a_change_writes_nothing_but_what_was_changed() -> None:
    owner, row = browser("owner"), Coupon.objects.create(code="SPRING", percent=5)

    with CaptureQueriesContext(connection) as caught:
        owner.post(path(Coupon, "change", row.pk), {"max_redemptions": "7"})

    (update,) = [one["sql"] for one in caught if one["sql"].startswith("UPDATE") and "plans" in
                 one["sql"]]  # fmt: skip
    assert "max_redemptions" in update
    assert "redeemed" not in update.replace("max_redemptions", "")
    row.refresh_from_db()
    assert row.max_redemptions == 7


def test_an_owner_adds_instruments_and_deletes_those_that_nothing_points_at() -> None:
    owner = browser("owner")
    new = {"symbol": "abc.usd", "kind": "crypto"}

    assert owner.post(path(Instrument, "add"), new).status_code == 302
    one = Instrument.objects.get()
    assert one.symbol == "ABC.USD"
    assert (
        "only, 32 at most"
        in owner.post(path(Instrument, "add"), {"symbol": "a b", "kind": "x"}).content.decode()
    )
    owner.post(path(InstrumentAlias, "add"), {"spelling": "abc coin", "instrument": one.pk})
    alias = InstrumentAlias.objects.get()
    assert alias.spelling == "ABCCOIN"

    assert owner.post(path(Instrument, "delete", one.pk), {"post": "yes"}).status_code == 403
    assert "Are you sure" in text(owner, path(InstrumentAlias, "delete", alias.pk))
    owner.post(path(InstrumentAlias, "delete", alias.pk), {"post": "yes"})
    owner.post(path(Instrument, "delete", one.pk), {"post": "yes"})
    assert not Instrument.objects.exists()
    acts = list(AuditEntry.objects.order_by("pk").values_list("action", "target"))
    assert [act for act, _target in acts] == ["admin.added"] * 2 + ["admin.deleted"] * 2
    assert acts[-1][1] == f"feeds.instrument {one.pk}: ABC.USD"


def test_lists_take_as_many_statements_for_many_rows_as_for_few(cast: Cast) -> None:
    owner = cast.olga

    def statements() -> dict[str, int]:
        counts = {}
        for model in LONG:
            with CaptureQueriesContext(connection) as caught:
                text(owner, path(model, "changelist"))
            counts[model._meta.label] = len(caught)
        return counts

    before = statements()
    twice(cast)

    assert statements() == before


def twice(cast: Cast) -> None:
    """Another row of whatever can simply have one more, pointing elsewhere."""
    for number in range(3):
        cast.world.receive(NEW | {"id": f"tv-{number + 2}", "symbol": f"AB{number}USD"})
        one = Subscription.objects.exclude(user=None).order_by("pk").first()
        assert one
        user = person(f"more{number}", "subscriber")
        Destination.objects.create(
            owner=user, kind="webhook", address=f"https://x{number}.example/"
        )
        one.pk, one.user, one.current_key = None, user, None
        one.save(force_insert=True)
        SubscriptionChange.objects.create(
            subscription=one, plan=one.plan, to_state=one.state, by="x", why="y"
        )
    publish()


def test_a_long_table_is_counted_no_further_than_anybody_looks() -> None:
    many = range(FirstRows.most + 60)
    AuditEntry.objects.bulk_create(AuditEntry(action=f"x.{n}", by="x") for n in many)
    owner, address = browser("owner"), path(AuditEntry, "changelist")
    last = FirstRows.most // BackOffice.list_per_page

    with CaptureQueriesContext(connection) as caught:
        page = text(owner, f"{address}?p={last}")

    (count,) = [one["sql"] for one in caught if "COUNT(" in one["sql"]]
    assert f"LIMIT {FirstRows.most}" in count
    assert "x.60" in page
    assert owner.get(f"{address}?p={last + 1}").status_code == 302


def test_a_row_of_a_long_table_is_found_by_its_key(cast: Cast) -> None:
    twice(cast)
    one = Signal.objects.order_by("pk")[1]

    found = text(cast.olga, f"{path(Signal, 'changelist')}?q={one.pk}")

    assert one.symbol in found
    assert "BTCUSDT" not in found
    for nonsense in ("x", "%00", "1"):
        text(cast.olga, f"{path(Signal, 'changelist')}?q={nonsense}")


def test_what_its_pages_fetch_is_there() -> None:
    owner = browser("owner")

    assert "gettext" in text(owner, "/admin/jsi18n/")
    assert "Feeds" in text(owner, "/admin/search/?s=feed")
    assert "Instruments" in text(owner, "/admin/feeds/")
    assert owner.get("/admin/r/1/1/").status_code == 404
    asked = "app_label=feeds&model_name=source&field_name=feed"
    assert owner.get(f"/admin/autocomplete/?{asked}").json()["results"] == []


def test_its_pages_have_a_policy_and_a_language_of_their_own() -> None:
    owner = browser("owner")

    page = owner.get("/admin/", headers={"accept-language": "de"})

    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval';" in policy
    assert 'lang="en"' in page.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=\"", page.content.decode())
    assert "Content-Security-Policy" not in owner.get("/app/signals/").headers


def test_only_whoever_serves_pages_loads_its_code() -> None:
    program = (
        "import sys, signalcast.celery, django; django.setup(); "
        "import signalcast.work.tasks, signalcast.delivery.tasks; "
        "heavy = ('unfold.', 'django.contrib.admin'); "
        "print([name for name in sys.modules if name.startswith(heavy)])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert done.stdout.decode().strip() == "[]"
