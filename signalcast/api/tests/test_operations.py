"""What programs read and change, each for somebody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from signalcast.accounts.models import AuditEntry, User
from signalcast.api.tests.calls import Program
from signalcast.channels.models import Destination
from signalcast.delivery.models import Delivery
from signalcast.delivery.publish import publish
from signalcast.feeds.models import Feed, Source
from signalcast.payments.tests.market import due, person, plan
from signalcast.plans.grant import grant
from signalcast.plans.models import Plan, Subscription
from signalcast.portal.tests.cast import NEW, Cast, make_cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]

WEBHOOK = {"channel": "webhook", "address": "https://example.org/signals"}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def alice(cast: Cast) -> Program:
    return Program(cast.world.alice.owner)


@pytest.fixture
def bob(cast: Cast) -> Program:
    return Program(cast.world.bob.owner)


@pytest.fixture
def olga(cast: Cast) -> Program:
    return Program(User.objects.get(email="olga@example.org"))


def noted() -> list[str]:
    """Actions of the audit log, without those of tokens."""
    rows = AuditEntry.objects.exclude(action__startswith="tokens").order_by("pk")
    return list(rows.values_list("action", flat=True))


def test_everybody_reads_their_own_profile(alice: Program) -> None:
    me = alice.get("/me")

    assert me["email"] == "alice@example.org"
    assert me["roles"] == []
    assert me["token"]["scopes"] == ["manage", "read", "write"]


def test_everybody_changes_their_own_name_and_language(alice: Program, bob: Program) -> None:
    changed = alice.call("PATCH", "/me", {"name": " Alice  Ltd\t", "language": "de"})

    assert (changed["name"], changed["language"]) == ("Alice Ltd", "de")
    assert alice.call("PATCH", "/me", {"name": ""})["language"] == "de"
    assert (bob.get("/me")["name"], bob.get("/me")["language"]) == ("", "")
    refused = alice.ask("PATCH", "/me", {"language": "xx"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/language"
    assert alice.ask("PATCH", "/me", {"email": "x@example.org"}).status_code == 422


def test_a_signal_is_told_as_webhooks_get_it(cast: Cast, alice: Program) -> None:
    (row,) = alice.get("/signals")["items"]

    assert row["feed"] == {"slug": "crypto", "name": "Crypto"}
    assert row["signal"]["entries"] == ["64250.50"]
    assert row["signal"]["stop_loss"] == "63000"
    assert row["revision"]["number"] == 1
    assert row["revision"]["published_at"].endswith("Z")
    whole = alice.get(f"/signals/{cast.signal.pk}")
    assert whole["history"] == [row]


def test_the_revisions_of_a_signal_come_newest_first(cast: Cast, alice: Program) -> None:
    cast.world.receive({"id": "2", "ref": "tv-1", "action": "close"})
    publish()

    whole = alice.get(f"/signals/{cast.signal.pk}")

    assert [one["revision"]["kind"] for one in whole["history"]] == ["close", "new"]
    assert [one["signal"]["state"] for one in whole["history"]] == ["closed", "open"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("feed=crypto", 1), ("feed=forex", 0), ("symbol=btc", 1), ("symbol=ETH", 0),
        ("state=open", 1), ("state=closed", 0),
    ],
)  # fmt: skip
def test_signals_are_found_by_feed_instrument_and_state(
    cast: Cast, alice: Program, query: str, found: int
) -> None:
    assert len(alice.get(f"/signals?{query}")["items"]) == found


def test_nobody_reads_what_is_not_theirs(cast: Cast, alice: Program, bob: Program) -> None:
    delivery = Delivery.objects.get()
    mine = cast.world.alice.uid
    paths = [
        ("GET", f"/signals/{cast.signal.pk}"),
        ("GET", f"/deliveries/{delivery.pk}"),
        ("GET", "/feeds/crypto"),
        ("GET", f"/destinations/{mine}"),
        ("POST", f"/destinations/{mine}/pause"),
        ("POST", f"/destinations/{mine}/test"),
        ("DELETE", f"/destinations/{mine}"),
        ("GET", f"/subscriptions/{Subscription.objects.get(user=alice.user).pk}"),
        ("POST", f"/subscriptions/{Subscription.objects.get(user=alice.user).pk}/cancel"),
    ]
    for method, path in paths:
        assert bob.call(method, path, status=404)["status"] == 404, path
    for path in ("/signals", "/deliveries"):
        assert bob.get(path)["items"] == []
    assert [one["slug"] for one in bob.get("/feeds")["items"]] == ["forex"]
    assert [one["address"] for one in bob.get("/destinations")["items"]] == ["https://bob.test/"]
    assert alice.get(f"/deliveries/{delivery.pk}")["address"] == "https://alice.test/"


def test_a_right_that_ends_ends_for_programs_too(cast: Cast, alice: Program) -> None:
    Subscription.objects.filter(user=alice.user).update(state="expired")

    assert alice.get("/signals")["items"] == []
    alice.call("GET", f"/signals/{cast.signal.pk}", status=404)
    assert alice.get("/deliveries")["items"] == []


def test_a_destination_is_connected_paused_resumed_tried_and_deleted(alice: Program) -> None:
    made = alice.call("POST", "/destinations", WEBHOOK, status=201)
    assert made["secret"].startswith("whsec_")
    path = f"/destinations/{made['id']}"
    assert "secret" not in alice.get(path)

    assert alice.call("POST", f"{path}/pause")["state"] == "disabled"
    assert "Resume" in alice.call("POST", f"{path}/test", status=409)["detail"]
    assert alice.call("POST", f"{path}/resume")["state"] == "active"
    delivery = alice.call("POST", f"{path}/test", status=202)
    assert alice.get(f"/deliveries/{delivery['id']}")["type"] == "test.published"
    alice.call("DELETE", path, status=204)
    alice.call("GET", path, status=404)
    assert noted() == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"channel": "webhook", "address": "nonsense"}, "/address"),
        ({"channel": "pigeon", "address": "https://example.org"}, "/channel"),
        ({"channel": "email", "address": "alice@example.org"}, "/account"),
        ({"channel": "webhook"}, "/address"),
        ({"channel": "webhook", "address": "https://a.test/\0"}, "/address"),
        (WEBHOOK | {"owner": 1}, "/owner"),
    ],
)
def test_a_field_that_is_wrong_is_named(alice: Program, body: Any, pointer: str) -> None:
    problem = alice.call("POST", "/destinations", body, status=422)

    assert [one["pointer"] for one in problem["errors"]] == [pointer]
    assert Destination.objects.filter(owner=alice.user).count() == 1


def test_a_plan_has_room_for_so_many(alice: Program) -> None:
    Plan.objects.update(destinations_per_channel=1)

    problem = alice.call("POST", "/destinations", WEBHOOK, status=409)

    assert "no room" in problem["detail"]


def test_what_needs_no_payment_begins_and_the_rest_says_where_to_pay(bob: Program) -> None:
    Plan.objects.create(slug="free", name="Free", price=0, currency="EUR", interval="month")
    made = bob.call("POST", "/subscriptions", {"plan": "free"}, status=201)
    assert made["state"] == "active"
    assert made["price"] == {"amount": 0, "currency": "EUR"}

    problem = bob.call("POST", "/subscriptions", {"plan": "gold"}, status=402)
    assert problem["pay_at"] == "http://testserver/app/checkout/gold/"
    problem = bob.call("POST", "/subscriptions", {"plan": "none"}, status=422)
    assert problem["errors"][0]["pointer"] == "/plan"
    problem = bob.call("POST", "/subscriptions", {"plan": "free"}, status=409)
    assert "already" in problem["detail"]


def test_a_subscription_is_cancelled_and_goes_on_again(alice: Program) -> None:
    (one,) = alice.get("/subscriptions")["items"]
    path = f"/subscriptions/{one['id']}"

    assert alice.call("POST", f"{path}/cancel")["state"] == "cancelled"
    assert "over" in alice.call("POST", f"{path}/cancel", status=409)["detail"]
    assert "over" in alice.call("POST", f"{path}/reactivate", status=409)["detail"]
    assert "No change" in alice.call("POST", f"{path}/keep", status=409)["detail"]
    alice.call("POST", f"{path}/change", {"plan": "forex"}, status=409)


def test_staff_reads_what_their_pages_show(cast: Cast, olga: Program) -> None:
    assert len(olga.get("/feeds")["items"]) == 2
    assert len(olga.get("/deliveries?channel=webhook&feed=crypto")["items"]) == 1
    assert olga.get("/deliveries?state=cancelled")["items"] == []


def test_feeds_are_made_and_changed(olga: Program) -> None:
    made = olga.call("POST", "/manage/feeds", {"name": "Metals and oil"}, status=201)
    assert made["slug"] == "metals-and-oil"
    changed = olga.call("PATCH", "/manage/feeds/metals-and-oil", {"market_validity": 60})
    assert (changed["market_validity"], changed["waiting_validity"]) == (60, 86_400)
    assert olga.get("/manage/feeds/metals-and-oil") == changed

    problem = olga.call("POST", "/manage/feeds", {"name": "x", "slug": "crypto"}, status=422)
    assert problem["errors"][0]["pointer"] == "/slug"
    assert noted() == ["feeds.created", "feeds.changed"]
    assert Feed.objects.count() == 3


def test_sources_are_made_changed_paused_and_get_another_token(olga: Program) -> None:
    asked = {"slug": "tv", "feed": "crypto", "body_secret": "hush", "max_lag": 30}
    made = olga.call("POST", "/manage/sources", asked, status=201)
    assert made["has_body_secret"]
    assert "hush" not in json.dumps(olga.get("/manage/sources/tv"))
    changed = olga.call("PATCH", "/manage/sources/tv", {"publish": "review", "feed": "forex"})
    assert (changed["publish"], changed["feed"], changed["max_lag"]) == ("review", "forex", 30)
    assert changed["has_body_secret"]
    assert olga.call("PATCH", "/manage/sources/tv", {"max_lag": None})["max_lag"] is None
    again = olga.call("POST", "/manage/sources/tv/rotate")
    assert again["token"] != made["token"]
    assert not olga.call("POST", "/manage/sources/tv/pause")["is_active"]
    assert olga.call("POST", "/manage/sources/tv/resume")["is_active"]

    assert noted() == [
        "sources.created", "sources.changed", "sources.changed", "sources.token_rotated",
        "sources.paused", "sources.resumed",
    ]  # fmt: skip
    assert Source.objects.get(slug="tv").body_secret == "hush"


def test_plans_are_given_and_ended_by_hand(cast: Cast, olga: Program) -> None:
    nora = User.objects.create_user("nora@example.org")
    asked = {"email": "Nora@Example.org", "plan": "gold", "reason": "A present."}
    made = olga.call("POST", "/manage/subscriptions", asked, status=201)
    assert made["user"] == {"id": nora.pk, "email": "nora@example.org"}
    assert olga.call("POST", "/manage/subscriptions", asked, status=409)
    path = f"/manage/subscriptions/{made['id']}"
    assert len(olga.get("/manage/subscriptions?email=nora&plan=gold")["items"]) == 1
    assert olga.call("POST", f"{path}/end", {"reason": " "}, status=422)
    assert olga.call("POST", f"{path}/end", {"reason": "A mistake."})["state"] == "cancelled"
    assert noted() == ["subscriptions.granted", "subscriptions.ended"]

    for field, value in (("email", "x@example.org"), ("plan", "none")):
        problem = olga.call("POST", "/manage/subscriptions", asked | {field: value}, status=422)
        assert problem["errors"][0]["pointer"] == f"/{field}"


def test_owners_look_at_everybody_and_archive_plans(cast: Cast, olga: Program) -> None:
    (alice,) = olga.get("/manage/users?email=alice")["items"]
    assert olga.get(f"/manage/users/{alice['id']}") == alice
    assert [one["email"] for one in olga.get("/manage/users?role=owner")["items"]] == [
        "olga@example.org"
    ]
    assert olga.call("POST", "/manage/plans/gold/archive")["visibility"] == "archived"
    assert [one["slug"] for one in olga.get("/plans")["items"]] == ["forex"]
    assert olga.call("POST", "/manage/plans/gold/restore")["visibility"] == "hidden"
    assert len(olga.get("/manage/plans")["items"]) == 2
    assert olga.get("/plans/gold")["price"] == {"amount": 100, "currency": "USD"}
    assert noted() == ["plans.archived", "plans.restored"]


def test_plans_are_made_and_changed_by_their_owner(cast: Cast, olga: Program) -> None:
    asked = {"name": "Silver", "price": 2900, "currency": "EUR", "feeds": ["crypto", "forex"],
             "channels": ["webhook", "live"], "destinations_per_channel": 2}  # fmt: skip
    made = olga.call("POST", "/manage/plans", asked, status=201)
    assert made["slug"] == "silver"
    assert made["price"] == {"amount": 2900, "currency": "EUR"}
    assert made["channels"] == ["live", "webhook"]

    changed = olga.call("PATCH", "/manage/plans/silver", {"price": 3900, "feeds": ["forex"]})
    assert changed == made | {"price": {"amount": 3900, "currency": "EUR"}, "feeds": ["forex"]}
    free = olga.call("PATCH", "/manage/plans/silver", {"destinations_per_channel": None})
    assert free == changed | {"destinations_per_channel": None}
    yen = olga.call("PATCH", "/manage/plans/silver", {"currency": "JPY", "price": 500})
    assert yen["price"] == {"amount": 500, "currency": "JPY"}
    assert noted() == ["plans.created", "plans.changed", "plans.changed", "plans.changed"]

    other = asked | {"name": "Bronze"}
    for wrong, pointer in (
        ({"currency": "QQQ"}, "/currency"), ({"feeds": ["crypto", "none"]}, "/feeds/1"),
        ({"channels": ["pigeon"]}, "/channels"), ({"slug": "gold"}, "/slug"),
        ({"trial_days": 1_000}, "/trial_days"), ({"price": -1}, "/price"),
    ):  # fmt: skip
        problem = olga.call("POST", "/manage/plans", other | wrong, status=422)
        assert [one["pointer"] for one in problem["errors"]] == [pointer]


def test_announcements_are_made_and_deliveries_stopped(cast: Cast, olga: Program) -> None:
    asked = {"feed": "crypto", "title": "Holidays", "text": "Until Monday."}
    made = olga.call("POST", "/manage/announcements", asked, status=202)
    assert olga.get("/manage/announcements")["items"] == [made]
    path = f"/manage/deliveries/{Delivery.objects.get().pk}/cancel"
    assert olga.call("POST", path)["state"] == "cancelled"
    assert "nothing was changed" in olga.call("POST", path, status=409)["detail"]
    assert noted() == ["announcements.made", "deliveries.cancelled"]


#: The token with its user and roles, and for each list what its rows need.
STATEMENTS = {
    "/feeds": 3, "/signals": 5, "/deliveries": 3, "/destinations": 4, "/plans": 4,
    "/subscriptions": 2, "/payments": 5, "/manage/feeds": 3, "/manage/sources": 3,
    "/manage/plans": 5, "/manage/users": 4, "/manage/subscriptions": 3,
    "/manage/announcements": 3,
}  # fmt: skip


def counted(program: Program, path: str) -> tuple[int, int]:
    """Rows of a list, and statements that it took."""
    program.get(path)  # notes that the token was used
    with CaptureQueriesContext(connection) as queries:
        found = program.get(path)
    return len(found["items"]), len(queries)


def test_a_list_takes_as_many_statements_however_long_it_is(cast: Cast, olga: Program) -> None:
    for number in range(5):
        many(cast, olga, str(number))

    taken = {}
    for path in STATEMENTS:
        rows, taken[path] = counted(olga, f"{path}?limit=2")
        more, same = counted(olga, f"{path}?limit=5")
        assert (rows, more, same) == (2, 5, taken[path]), path
    assert taken == STATEMENTS


def many(cast: Cast, olga: Program, name: str) -> None:
    """One more of everything."""
    feed = Feed.objects.create(slug=f"feed-{name}", name="Feed")
    Source.objects.create(slug=f"source-{name}", feed=feed, token_digest=name)
    cast.world.receive(NEW | {"id": f"more-{name}"})
    publish()
    wanted = plan(f"plan-{name}")
    wanted.feeds.add(feed)
    due(person(f"person-{name}"), wanted)
    grant(olga.user, wanted, until=None, by="x", why="A test.")
    Destination.objects.create(owner=olga.user, kind="webhook", address=f"https://{name}.test/")
    asked = {"feed": feed.slug, "title": "x", "text": "y"}
    olga.call("POST", "/manage/announcements", asked, status=202)
