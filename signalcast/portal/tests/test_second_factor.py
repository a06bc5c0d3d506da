"""Second factors, and the browsers that one is signed in with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from signalcast.accounts.models import User
from signalcast.core.env import environment
from signalcast.portal.tests.cast import signed_in, staff

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse"


def page(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def code(secret: str) -> str:
    """What an app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4]) & 0x7FFF_FFFF
    return f"{number % 1_000_000:06}"


def come_in(email: str = "alice@example.org") -> Client:
    client = Client()
    client.post("/sign-in/", {"login": email, "password": PASSWORD})
    return client


def prove(client: Client, path: str) -> str:
    """Say the password once more, as is wanted before PATH."""
    asked = client.get(path)
    return page(client.post(asked.headers["Location"], {"password": PASSWORD}, follow=True))


def set_up(client: Client) -> tuple[str, list[str]]:
    """An app's secret, and recovery codes."""
    shown = prove(client, "/app/account/app/")
    found = re.search(r"<pre tabindex=\"0\">([A-Z2-7]+)</pre>", shown)
    assert found, shown
    secret = found.group(1)
    codes = page(client.post("/app/account/app/", {"code": code(secret)}, follow=True))
    return secret, re.findall(r"(?:^|>)(\d{8})$", codes, re.MULTILINE)


def is_in(client: Client) -> bool:
    return client.get("/app/account/").status_code == 200


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("alice@example.org", PASSWORD)


@pytest.fixture
def staff_needs_two(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIGNALCAST_STAFF_SECOND_FACTOR", "yes")
    environment.cache_clear()
    yield
    monkeypatch.undo()
    environment.cache_clear()


@pytest.mark.storage
def test_a_password_alone_lets_nobody_in_who_has_an_app(alice: User) -> None:
    secret, codes = set_up(come_in())
    assert len(codes) == 10
    cache.clear()  # a code is good once, and this is the same half minute
    client = come_in()
    assert not is_in(client)
    assert "does not fit" in page(client.post("/sign-in/code/", {"code": "000000"}))
    assert not is_in(client)

    client.post("/sign-in/code/", {"code": code(secret)})
    assert is_in(client)


def test_a_code_of_an_app_is_good_once(alice: User) -> None:
    secret, _codes = set_up(come_in())
    cache.clear()
    now = code(secret)
    come_in().post("/sign-in/code/", {"code": now})

    again = come_in()
    again.post("/sign-in/code/", {"code": now})

    assert not is_in(again)


def test_a_recovery_code_lets_somebody_in_once(alice: User) -> None:
    _secret, codes = set_up(come_in())

    for _ in range(2):
        client = come_in()
        client.post("/sign-in/code/", {"code": codes[0]})
        assert is_in(client) == (_ == 0)


def test_the_database_has_no_secret_that_could_be_read(alice: User) -> None:
    secret, codes = set_up(come_in())

    told = str(list(Authenticator.objects.values()))

    assert secret not in told
    assert not any(one in told for one in codes)


def test_an_app_is_switched_off_by_who_proves_it_once_more(alice: User) -> None:
    client = come_in()
    set_up(client)
    other = come_in()
    assert not is_in(other)

    client.post("/app/account/app/remove/", follow=True)

    assert is_in(come_in())


def test_a_passkey_is_somebodys_own(alice: User) -> None:
    row = Authenticator.objects.create(user=alice, type="webauthn", data={"name": "Key"})
    User.objects.create_user("bob@example.org", PASSWORD)
    bob = come_in("bob@example.org")
    path = f"/app/account/passkeys/{row.pk}/remove/"
    asked = bob.get(path)
    answer = bob.post(asked.headers["Location"], {"password": PASSWORD}, follow=True)

    assert answer.status_code == 404
    assert bob.post(path).status_code == 404
    assert Authenticator.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("said", ["", "{}", "[]", "nonsense", '{"id": "x"}', "null", '"\\u0000"'])
def test_what_no_key_would_say_is_refused(alice: User, said: str) -> None:
    client = Client()
    answer = client.post("/sign-in/passkey/", {"credential": said}, follow=True)

    assert answer.status_code == 200
    assert not is_in(client)


def test_staff_gets_a_second_factor_first_where_the_owner_wants_it(staff_needs_two: None) -> None:
    ann = signed_in(staff("ann", "analyst"))
    assert ann.get("/app/signals/").headers["Location"] == "/app/account/factors/"
    assert ann.post("/app/review/decide/").headers["Location"] == "/app/account/factors/"
    assert "Staff needs a second factor" in page(ann.get("/app/account/factors/"))
    assert (
        signed_in(User.objects.create_user("bob@example.org")).get("/app/signals/").status_code
        == 200
    )

    Authenticator.objects.create(
        user=User.objects.get(email="ann@example.org"), type="totp", data={}
    )
    assert ann.get("/app/signals/").status_code == 200


@pytest.mark.storage
def test_somebody_signs_out_everywhere_else(alice: User) -> None:
    here, there = come_in(), come_in()
    assert page(here.get("/app/account/browsers/")).count("127.0.0.1") == 2

    here.post("/app/account/browsers/")

    assert is_in(here)
    assert not is_in(there)


@pytest.mark.wide
def test_the_oldest_of_too_many_browsers_gives_way(alice: User) -> None:
    clients = [come_in() for _ in range(22)]

    assert [is_in(client) for client in clients] == [False] * 2 + [True] * 20
    assert Session.objects.count() == 20
