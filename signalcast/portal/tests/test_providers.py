"""Signing in with the word of a provider of OpenID Connect."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from signalcast.accounts.models import User
from signalcast.core.env import WrongSetting, environment
from signalcast.core.providers import allauth_providers
from signalcast.portal.tests.cast import signed_in
from signalcast.portal.tests.post_office import post_office
from signalcast.portal.tests.provider import CLIENT, SECRET, Provider, provider

pytestmark = pytest.mark.django_db(transaction=True)

START = "/sign-in/with/house/"
ALICE = {"sub": "17", "email": "Alice@Example.org", "email_verified": True, "name": "Alice A."}


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Provider]:
    with provider() as made:
        told = {"id": "house", "name": "the house", "url": made.url, "client_id": CLIENT}
        monkeypatch.setenv("SIGNALCAST_OPENID", json.dumps([told | {"secret": SECRET}]))
        environment.cache_clear()
        settings.SOCIALACCOUNT_PROVIDERS = allauth_providers()
        made.person = dict(ALICE)
        yield made
    monkeypatch.undo()
    environment.cache_clear()


def go(client: Client, path: str = START) -> Any:
    """Go to the provider, who sends one back, and see what comes of it."""
    there = urlsplit(client.get(path).headers["Location"])
    asked = http.client.HTTPConnection(there.netloc, timeout=10)
    asked.request("GET", f"{there.path}?{there.query}")
    back = urlsplit(asked.getresponse().headers["Location"])
    asked.close()
    return client.get(f"{back.path}?{back.query}", follow=True)


def is_in(client: Client) -> bool:
    return client.get("/app/account/").status_code == 200


def test_somebody_whose_address_the_provider_proved_is_in_at_once(house: Provider) -> None:
    client = Client()
    assert "Sign in with the house" in client.get("/sign-in/").content.decode()
    go(client)

    assert is_in(client)
    user = User.objects.get()
    assert (user.email, user.name) == ("alice@example.org", "Alice A.")
    assert user.roles() == {"subscriber"}
    again = Client()
    go(again)
    assert is_in(again)
    assert User.objects.count() == 1


def test_an_address_that_nobody_proved_is_proved_by_a_code(house: Provider) -> None:
    house.person["email_verified"] = False
    assert "Nobody can sign up here" in go(Client()).content.decode()
    client = Client()
    with post_office() as post:
        assert "Enter the code" in go(client).content.decode()
        assert not is_in(client)
        client.post("/sign-up/code/", {"code": post.code("alice@example.org")})
    assert is_in(client)


def test_a_providers_word_opens_nobodys_account_that_is_here_already(house: Provider) -> None:
    User.objects.create_user("alice@example.org", "correct horse")
    client = Client()
    with post_office() as post:
        assert "Enter the code" in go(client).content.decode()
        assert "has one already" in post.newest("alice@example.org")

    assert not is_in(client)
    assert User.objects.count() == 1


def test_somebody_connects_a_provider_and_comes_in_by_it(house: Provider) -> None:
    user = User.objects.create_user("alice@example.org", "correct horse")
    here = signed_in(user)
    start = f"{START}?process=connect"
    assert "Is it you?" in go(here, start).content.decode()
    proved = here.post("/app/account/again/", {"password": "correct horse"}, follow=True)
    assert "Another way in is added" in proved.content.decode()

    client = Client()
    go(client)
    assert is_in(client)


def test_a_provider_that_refuses_or_a_state_of_somebody_else_lets_nobody_in(
    house: Provider,
) -> None:
    house.status = 500
    client = Client()
    answer = go(client)
    assert "That did not work" in answer.content.decode()
    for query in ("", "?code=code", "?code=code&state=x", "?error=access_denied", "?state=%00"):
        answer = client.get(f"{START}back/{query}", follow=True)
        assert answer.status_code in (200, 401), query
    assert not is_in(client)
    assert client.get("/sign-in/with/other/").status_code == 404


def test_without_the_setting_there_are_none() -> None:
    assert "Sign in with the house" not in Client().get("/sign-in/").content.decode()
    assert Client().get(START).status_code == 404


@pytest.mark.parametrize("told", ["{", "{}", '[{"id": "X Y"}]', '[{"id": "x", "name": "y"}]'])
def test_a_setting_that_is_wrong_is_refused_without_what_it_holds(
    told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNALCAST_OPENID", told)
    environment.cache_clear()
    try:
        with pytest.raises(WrongSetting, match="SIGNALCAST_OPENID cannot be used"):
            allauth_providers()
    finally:
        monkeypatch.undo()
        environment.cache_clear()


def test_one_comes_back_to_where_one_wanted(house: Provider) -> None:
    page = Client().get("/sign-in/?next=/app/deliveries/%3Fstate%3Dsent").content.decode()
    link = page.split(f'href="{START}')[1].split('"')[0].replace("&amp;", "&")

    answer = go(Client(), START + link)

    assert answer.redirect_chain[-1][0] == "/app/deliveries/?state=sent"
