"""A write with an idempotency key is carried out once."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection

from signalcast.accounts.models import RoleGrant, User
from signalcast.api.models import StoredAnswer
from signalcast.api.tests.calls import Program
from signalcast.channels.models import Destination
from signalcast.core.clock import from_now
from signalcast.feeds.models import Feed, Source

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]

WEBHOOK = {"channel": "webhook", "address": "https://example.org/signals"}
OTHER = {"channel": "webhook", "address": "https://example.org/others"}


@pytest.fixture
def olga() -> Program:
    user = User.objects.create_user("olga@example.org")
    RoleGrant.objects.create(user=user, role="owner")
    Feed.objects.create(slug="crypto", name="Crypto")
    return Program(user)


def ask(program: Program, key: str, body: Any = WEBHOOK, path: str = "/destinations") -> Any:
    return program.ask("POST", path, body, Idempotency_Key=key)


def test_the_same_request_gets_the_same_answer_and_is_done_once(olga: Program) -> None:
    source = {"slug": "tv", "feed": "crypto"}
    first = ask(olga, "one", source, "/manage/sources")
    again = ask(olga, "one", source, "/manage/sources")

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Source.objects.count() == 1
    # The answer shows a token: what lies in the database does not.
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM api_storedanswer")
        assert first.json()["token"] not in str(cursor.fetchall())


def test_another_request_with_the_key_is_refused(olga: Program) -> None:
    ask(olga, "one")
    for body, path in ((OTHER, "/destinations"), (WEBHOOK, "/subscriptions")):
        answer = ask(olga, "one", body, path)
        assert answer.status_code == 422
        assert "another request" in answer.json()["detail"]

    assert Destination.objects.count() == 1


def test_keys_of_others_and_other_keys_are_others(olga: Program) -> None:
    assert ask(olga, "one").status_code == 201
    assert ask(olga, "ONE", OTHER).status_code == 201
    bob = Program(User.objects.create_user("bob@example.org"))
    assert ask(bob, "one").status_code == 201
    assert Destination.objects.count() == 3
    assert "Idempotent-Replayed" in ask(Program(olga.user), "one").headers


def test_what_was_refused_did_nothing_and_may_be_sent_again(olga: Program) -> None:
    plan = {"plan": "free"}
    assert ask(olga, "one", plan, "/subscriptions").status_code == 422
    assert not StoredAnswer.objects.exists()


def test_a_key_is_good_for_a_day(olga: Program) -> None:
    ask(olga, "one")
    StoredAnswer.objects.update(created_at=from_now(-86_401))

    assert ask(olga, "one", OTHER).status_code == 201
    assert StoredAnswer.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "\u00e4"])
def test_a_key_that_is_none_is_refused(olga: Program, key: str) -> None:
    answer = ask(olga, key)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"


def test_deleting_has_an_answer_to_tell_again_too(olga: Program) -> None:
    made = ask(olga, "one").json()
    for _number in range(2):
        path = f"/destinations/{made['id']}"
        assert olga.ask("DELETE", path, Idempotency_Key="two").status_code == 204


def test_twenty_at_once_are_done_once(olga: Program) -> None:
    start = threading.Barrier(20)
    answers: list[Any] = []

    def run() -> None:
        try:
            start.wait()
            answers.append(ask(olga, "one", {"slug": "tv", "feed": "crypto"}, "/manage/sources"))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(one.status_code for one in answers) == {201: 20}
    assert len({one.content for one in answers}) == 1
    assert sum("Idempotent-Replayed" in one.headers for one in answers) == 19
    assert Source.objects.count() == 1
    assert StoredAnswer.objects.count() == 1


def test_of_two_that_want_the_same_name_one_is_told(olga: Program) -> None:
    start = threading.Barrier(8)
    statuses: list[int] = []

    def run() -> None:
        try:
            start.wait()
            body = {"slug": "tv", "feed": "crypto"}
            statuses.append(olga.ask("POST", "/manage/sources", body).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 409, 422}
