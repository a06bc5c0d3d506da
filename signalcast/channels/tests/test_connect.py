"""Making destinations of addresses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from signalcast.accounts.models import User
from signalcast.channels.base import AddressError
from signalcast.channels.connect import connect
from signalcast.channels.models import Account, Destination
from signalcast.core.env import environment

pytestmark = pytest.mark.django_db

TOKEN = "confidential-token-of-the-webhook"
DISCORD = f"https://discord.com/api/webhooks/112233445566778899/{TOKEN}"


@pytest.fixture(autouse=True)
def public(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "0")
    environment.cache_clear()
    yield
    environment.cache_clear()


@pytest.fixture(params=[True, False], ids=["subscriber", "broadcast"])
def owner(request: pytest.FixtureRequest) -> User | None:
    return User.objects.create(email="a@example.org") if request.param else None


def test_a_webhook_keeps_its_address_and_its_signing_secret(owner: User | None) -> None:
    made = connect(owner=owner, kind="webhook", text=" https://example.org/x ", secret="whsec_YQ==")

    made.refresh_from_db()
    assert (made.address, made.secret) == ("https://example.org/x", "whsec_YQ==")
    assert made.owner == owner


def test_an_address_that_is_a_secret_is_kept_encrypted(owner: User | None) -> None:
    made = connect(owner=owner, kind="discord", text=DISCORD)

    made.refresh_from_db()
    assert (made.secret, TOKEN in made.address) == (DISCORD, False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT address, secret FROM channels_destination")
        assert TOKEN not in str(cursor.fetchall())


@pytest.mark.storage
def test_the_same_address_is_one_destination_however_often_it_is_connected(
    owner: User | None,
) -> None:
    first = connect(owner=owner, kind="discord", text=DISCORD)
    again = connect(owner=owner, kind="discord", text=DISCORD.replace("discord.", "discordapp."))
    other = connect(owner=owner, kind="discord", text=DISCORD + "?thread_id=123456")

    assert first.pk == again.pk != other.pk
    assert Destination.objects.count() == 2


def test_two_people_may_have_the_same_address() -> None:
    people = [User.objects.create(email=f"{name}@example.org") for name in "ab"]
    made = {connect(owner=one, kind="discord", text=DISCORD).pk for one in (*people, None)}

    assert len(made) == 3


def test_connecting_again_renews_the_token_and_wakes_what_was_disabled(owner: User | None) -> None:
    made = connect(owner=owner, kind="discord", text=DISCORD)
    Destination.objects.update(state=Destination.State.DISABLED, disabled_reason="401", failures=9)
    account = Account.objects.create(kind="discord", name="x", settings="{}")
    connect(owner=owner, kind="discord", text=DISCORD + "-new", account=account)

    made.refresh_from_db()
    assert made.secret == DISCORD + "-new"
    assert made.account == account
    assert (made.state, made.disabled_reason, made.failures) == (Destination.State.ACTIVE, "", 0)


def test_connecting_again_without_a_secret_keeps_the_one_there_is(owner: User | None) -> None:
    made = connect(owner=owner, kind="webhook", text="https://example.org/x", secret="whsec_YQ==")
    connect(owner=owner, kind="webhook", text="https://example.org/x")

    made.refresh_from_db()
    assert made.secret == "whsec_YQ=="


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        ("pigeon", "x", "no channel 'pigeon'.*discord"),
        ("webhook", "https://example.org/" + "x" * 500, "520 characters, 500 are allowed"),
        ("webhook", "http://10.0.0.1/", "private"),
        ("discord", "https://example.org/", "Discord"),
    ],
)
def test_what_cannot_be_reached_is_refused_in_words(kind: str, text: str, problem: str) -> None:
    with pytest.raises(AddressError, match=problem):
        connect(owner=None, kind=kind, text=text)
    assert not Destination.objects.exists()
