"""Tokens for programs, on the pages of one's account."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from signalcast.accounts.create_token import create_token
from signalcast.accounts.models import ApiToken, AuditEntry, User
from signalcast.core.clock import from_now
from signalcast.portal.tests.cast import signed_in, staff, text

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse"
LIST, NEW = "/app/account/tokens/", "/app/account/tokens/new/"
FORM = {"name": "Trading  bot", "scopes": ["read", "write"], "days": "90"}


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice@example.org", PASSWORD)


def proven(user: User) -> Client:
    """A browser in which somebody has just said the password once more."""
    client = signed_in(user)
    client.post(client.get(NEW).headers["Location"], {"password": PASSWORD})
    return client


def created(client: Client, **fields: Any) -> str:
    """The token that the page shows."""
    answer = client.post(NEW, FORM | fields)
    assert answer.status_code == 200, answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    found = re.search(r"(sct_[\w-]{43})</pre>", answer.content.decode())
    assert found
    return found[1]


def me(token: str) -> int:
    """What the API answers to somebody who shows it."""
    shown = {"Authorization": f"Bearer {token}"}
    return int(Client().get("/api/v1/me", headers=shown).status_code)


def test_a_token_is_shown_once_listed_by_its_beginning_and_lets_in(alice: User) -> None:
    client = proven(alice)
    assert "There is none yet" in text(client, LIST)

    token = created(client)

    page = text(client, LIST)
    assert token[:10] in page
    assert token not in page
    assert "Trading bot" in page
    assert "read write" in page
    assert me(token) == 200
    assert "Revoke" in page
    row = ApiToken.objects.get()
    assert row.last_used_at is not None
    assert token not in str(ApiToken.objects.values())


def test_making_and_revoking_ask_for_the_password_once_more(alice: User) -> None:
    client = signed_in(alice)
    row, token = create_token(alice, name="Bot", scopes=["read"], expires_at=None)

    for path in (NEW, f"{LIST}{row.pk}/revoke/"):
        answer = client.post(path, FORM)
        assert answer.status_code == 302
        assert "/app/account/again/" in answer.headers["Location"]

    assert ApiToken.objects.count() == 1
    assert me(token) == 200


def test_a_token_that_is_revoked_opens_nothing(alice: User) -> None:
    client = proven(alice)
    token = created(client)

    page = client.post(f"{LIST}{ApiToken.objects.get().pk}/revoke/", follow=True).content.decode()

    assert "The token is revoked" in page
    assert "revoked</span>" in page
    assert me(token) == 401


def test_nobody_revokes_what_is_somebody_elses(alice: User) -> None:
    bob = User.objects.create_user("bob@example.org", PASSWORD)
    row, token = create_token(bob, name="Bot", scopes=["read"], expires_at=None)
    client = proven(alice)

    assert client.post(f"{LIST}{row.pk}/revoke/").status_code == 404
    assert me(token) == 200
    assert "Bot" not in text(client, LIST)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "required"),
        ({"name": "a\x07b"}, "control characters"),
        ({"scopes": []}, "required"),
        ({"scopes": ["manage"]}, "not one of the available choices"),
        ({"scopes": ["everything"]}, "not one of the available choices"),
        ({"days": "7"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_told(alice: User, fields: dict[str, Any], said: str) -> None:
    answer = proven(alice).post(NEW, FORM | fields)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_there_are_so_many_at_most(alice: User) -> None:
    for number in range(50):
        create_token(alice, name=f"Bot {number}", scopes=["read"], expires_at=None)
    client = proven(alice)

    answer = client.post(NEW, FORM)
    assert answer.status_code == 422
    assert "Revoke one" in answer.content.decode()
    ApiToken.objects.filter(name="Bot 7").update(expires_at=from_now(-1))
    created(client)
    first = text(client, LIST)
    assert first.count("<tr>") == 21
    assert "expired" in text(client, f"{LIST}?after={ApiToken.objects.get(name='Bot 10').pk}")


def test_managing_is_offered_to_managers_and_what_staff_does_is_noted() -> None:
    olga = staff("olga", "owner")
    olga.set_password(PASSWORD)
    olga.save()
    client = proven(olga)
    created(client, scopes=["manage"], days="0")
    client.post(f"{LIST}{ApiToken.objects.get().pk}/revoke/")

    assert [one.action for one in AuditEntry.objects.order_by("pk")] == [
        "tokens.created", "tokens.revoked",
    ]  # fmt: skip


def test_what_subscribers_do_about_their_tokens_is_not_noted(alice: User) -> None:
    client = proven(alice)
    created(client)
    client.post(f"{LIST}{ApiToken.objects.get().pk}/revoke/")

    assert not AuditEntry.objects.exists()
