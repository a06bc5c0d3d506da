"""Who is let in, how often, and what they are told when they are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from signalcast.accounts.models import ApiToken, RoleGrant, User
from signalcast.api.models import StoredAnswer
from signalcast.api.prune import prune_stored_answers
from signalcast.api.tests.calls import Program, nobody
from signalcast.core import events
from signalcast.core.clock import from_now
from signalcast.core.env import environment
from signalcast.delivery.models import Post
from signalcast.feeds.models import Feed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]

PROBLEM = "application/problem+json"


@pytest.fixture
def alice() -> Program:
    return Program(User.objects.create_user("alice@example.org"))


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def put(name: str, value: str) -> None:
        monkeypatch.setenv(name, value)
        environment.cache_clear()

    yield put
    monkeypatch.undo()
    environment.cache_clear()


def told(answer: Any, status: int) -> dict[str, Any]:
    """The problem that an answer is."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == PROBLEM
    problem: dict[str, Any] = json.loads(answer.content)
    assert problem["status"] == status
    assert problem["detail"].endswith((".", "s"))
    return problem


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer nonsense", "Bearer sct_nonsense", "Basic c2N0XzE6", "sct_x", "Bearer  "],
)
def test_without_a_good_token_nobody_gets_in(shown: str) -> None:
    answer = nobody("GET", "/me", Authorization=shown)

    told(answer, 401)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_browser_that_is_signed_in_is_nobody_here(alice: Program) -> None:
    browser = Client()
    browser.force_login(alice.user)

    assert browser.get("/api/v1/me").status_code == 401


def test_whose_pages_a_browser_looks_at_is_nothing_to_a_program(alice: Program) -> None:
    user = User.objects.create_user("olga@example.org")
    RoleGrant.objects.create(user=user, role="support")
    browser = Client()
    browser.force_login(user)
    answer = browser.post("/app/look-as/", {"email": alice.user.email, "reason": "A question."})
    assert answer.status_code == 302

    shown = {"Authorization": f"Bearer {alice.token}"}
    body = {"channel": "webhook", "address": "https://example.org/signals"}
    answer = browser.post("/api/v1/destinations", body, "application/json", headers=shown)
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"revoked_at": from_now(0)}, "revoked"),
        ({"expires_at": from_now(-1)}, "expired"),
        ({"digest": "x"}, "not known"),
    ],
)
def test_a_token_that_is_good_no_more_says_why(
    alice: Program, changes: dict[str, Any], said: str
) -> None:
    ApiToken.objects.update(expires_at=from_now(60))
    alice.get("/me")
    ApiToken.objects.update(**changes)

    assert said in told(alice.ask("GET", "/me"), 401)["detail"]


def test_an_account_that_is_closed_has_no_programs(alice: Program) -> None:
    User.objects.update(is_active=False)

    assert "closed" in told(alice.ask("GET", "/me"), 401)["detail"]


def test_the_last_use_is_written_once_a_minute(alice: Program) -> None:
    alice.get("/me")
    first = ApiToken.objects.get().last_used_at
    alice.get("/me")
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=from_now(-61))
    old = ApiToken.objects.get().last_used_at
    alice.get("/me")
    assert ApiToken.objects.get().last_used_at != old


def test_staff_that_needs_a_second_factor_needs_it_here_too(setting: Any) -> None:
    user = User.objects.create_user("olga@example.org")
    RoleGrant.objects.create(user=user, role="owner")
    program = Program(user)
    setting("SIGNALCAST_STAFF_SECOND_FACTOR", "yes")

    assert "second factor" in told(program.ask("GET", "/me"), 403)["detail"]


@pytest.mark.parametrize(
    ("scope", "refused"),
    [
        ("read", [("POST", "/destinations"), ("GET", "/manage/feeds")]),
        ("write", [("GET", "/feeds"), ("POST", "/manage/feeds")]),
        ("manage", [("GET", "/feeds"), ("POST", "/subscriptions")]),
    ],
)
def test_a_token_does_what_its_scopes_say(scope: str, refused: list[tuple[str, str]]) -> None:
    user = User.objects.create_user("olga@example.org")
    RoleGrant.objects.create(user=user, role="owner")
    program = Program(user, scopes=(scope,))

    for method, path in refused:
        assert "scope" in told(program.ask(method, path, {}), 403)["detail"]


def test_a_token_never_gives_more_than_the_roles_of_its_user(alice: Program) -> None:
    assert "owner, operator" in told(alice.ask("GET", "/manage/feeds"), 403)["detail"]
    RoleGrant.objects.create(user=alice.user, role="operator")
    assert alice.get("/manage/feeds")["items"] == []
    assert "owner" in told(alice.ask("POST", "/manage/plans/x/archive"), 403)["detail"]


@pytest.mark.parametrize(
    "path", ["/nothing", "", "/", "/feeds/", "/signals/7", "/deliveries/-1", "/feeds/a%0A"]
)
def test_what_is_not_there_is_a_problem_document(alice: Program, path: str) -> None:
    told(alice.ask("GET", path), 404)


@pytest.mark.parametrize("path", ["/api/", "/api/v2/me", "/api/v1", "/api/x%00y", "/api/v1/%0Ax"])
def test_nothing_below_api_is_a_page(path: str) -> None:
    assert Client().get(path, follow=True).headers["Content-Type"] == PROBLEM


def test_a_method_that_is_not_taken_names_those_that_are(alice: Program) -> None:
    answer = alice.ask("PUT", "/destinations")

    assert "GET, POST" in told(answer, 405)["detail"]
    assert answer.headers["Allow"] == "GET, POST"
    assert told(alice.ask("POST", "/openapi.json"), 405)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x" * 70_000, "application/json", 413),
        (b"x" * 3_000_000, "application/json", 413),
        (b"channel=webhook", "application/x-www-form-urlencoded", 415),
        (b"{", "application/json", 400),
        (b"", "application/json", 422),
        (b"\xff", "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b"1" * 60_000, "application/json", 400),
        (b"[]", "application/json", 422),
        (b'{"channel": "\\ud800", "address": "x"}', "application/json", 422),
        (b'{"channel": NaN, "address": 7}', "application/json", 422),
    ],
)
def test_a_body_that_cannot_be_used_says_why(
    alice: Program, body: bytes, kind: str, status: int
) -> None:
    told(alice.ask("POST", "/destinations", body, content_type=kind), status)


def test_a_body_of_unknown_length_is_refused_and_not_taken_for_none(alice: Program) -> None:
    headers = {"Authorization": f"Bearer {alice.token}", "Transfer-Encoding": "chunked"}
    answer = Client().generic("POST", "/api/v1/destinations", headers=headers)

    assert "Content-Length" in told(answer, 411)["detail"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"), ("limit=101", "limit"), ("limit=many", "limit"),
        ("cursor=nonsense", "cursor"), ("cursor=azo3", "cursor"), ("cursor=%00", "cursor"),
        ("symbol=a%00b", "symbol"), ("state=lost", "state"), ("feed=%F0%9F%92%A9", "feed"),
    ],
)  # fmt: skip
def test_a_parameter_that_is_wrong_is_named(alice: Program, query: str, name: str) -> None:
    problem = told(alice.ask("GET", f"/signals?{query}"), 422)

    assert [one["parameter"] for one in problem["errors"]] == [name]


def test_a_program_is_told_what_it_has_left_and_waits(alice: Program, setting: Any) -> None:
    setting("SIGNALCAST_API_RATE", "3")
    answers = [alice.ask("GET", "/me") for _number in range(5)]

    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    last = answers[-1]
    told(last, 429)
    assert 0 < int(last.headers["Retry-After"]) <= 60
    assert last.headers["RateLimit-Policy"] == '"token";q=3;w=60'
    assert last.headers["RateLimit"].startswith('"token";r=0;t=')
    assert answers[0].headers["RateLimit"].startswith('"token";r=2;t=')
    assert Program(alice.user).ask("GET", "/me").status_code == 200


def test_a_failure_here_is_told_without_its_reason_and_noted() -> None:
    user = User.objects.create_user("olga@example.org")
    RoleGrant.objects.create(user=user, role="owner")
    feed = Feed.objects.create(slug="crypto", name="Crypto")
    Post.objects.create(feed=feed, type="announcement.published", data={"secret": "of ours"})
    heard: list[str] = []

    with events.heard_by(lambda event, _fields: heard.append(event)):
        answer = Program(user).ask("GET", "/manage/announcements")

    assert "noted" in told(answer, 500)["detail"]
    assert b"of ours" not in answer.content
    assert "api.failed" in heard


def test_answers_are_in_the_language_that_is_asked_for() -> None:
    problem = told(nobody("GET", "/me", **{"Accept-Language": "de"}), 401)

    assert problem["detail"].startswith("Zeigen Sie ein Token vor")


def test_pages_of_a_list_have_every_row_once_while_rows_are_added() -> None:
    user = User.objects.create_user("olga@example.org")
    RoleGrant.objects.create(user=user, role="owner")
    program = Program(user)
    for number in range(7):
        Feed.objects.create(slug=f"feed-{number}", name="Feed")

    seen, query = [], "limit=3"
    while True:
        found = program.get(f"/manage/feeds?{query}")
        seen += [one["slug"] for one in found["items"]]
        Feed.objects.create(slug=f"late-{len(seen)}", name="Feed")
        if found["next"] is None:
            break
        query = f"limit=3&cursor={found['next']}"

    assert seen == [f"feed-{number}" for number in reversed(range(7))]


def test_old_answers_are_forgotten(alice: Program) -> None:
    for number in range(3):
        StoredAnswer.objects.create(user=alice.user, key_digest=str(number), fingerprint="x")
    StoredAnswer.objects.filter(key_digest="1").update(created_at=from_now(-86_401))

    assert prune_stored_answers() == 1
    assert StoredAnswer.objects.count() == 2
