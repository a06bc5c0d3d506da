"""An owner sets up bots and mail servers: secrets go in, stay, and never come out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from signalcast.channels.email.server import read_server
from signalcast.channels.models import Account
from signalcast.channels.telegram.bot import bot_of
from signalcast.portal.tests.cast import Cast, text

pytestmark = pytest.mark.django_db(transaction=True)

MAIL = {
    "name": "main", "host": "smtp.example.org", "port": "587", "security": "starttls",
    "from": "Signals <signals@example.org>", "mailbox_port": "993", "mailbox_security": "tls",
}  # fmt: skip
MAILBOX = {
    "bounces": "bounces@example.org", "mailbox_host": "imap.example.org",
    "mailbox_username": "bounces", "mailbox_password": "confidential-mailbox",
}  # fmt: skip
BOT = {"name": "bot", "token": "4711:abcdefghij", "username": "a_bot"}


def save(cast: Cast, path: str, data: dict[str, str]) -> str:
    """What the page says about it; empty once it is saved."""
    answer = cast.olga.post(path, data)
    assert answer.status_code in (302, 422)
    return answer.content.decode() if answer.status_code == 422 else ""


def settings() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Account.objects.get().settings)
    return found


def test_a_mail_server_needs_neither_a_mailbox_nor_a_key(cast: Cast) -> None:
    assert not save(cast, "/app/accounts/add/email/", MAIL)

    server = read_server(Account.objects.get().settings)
    assert (server.bounces, server.mailbox, server.dkim) == ("", None, None)


def test_a_mailbox_for_bounces_is_kept_with_its_password_and_taken_away(cast: Cast) -> None:
    assert not save(cast, "/app/accounts/add/email/", MAIL | MAILBOX)
    path = f"/app/accounts/{Account.objects.get().pk}/"
    page = text(cast.olga, path)
    assert "imap.example.org" in page
    assert "confidential-mailbox" not in page
    # Where a mail service reports to.
    assert "http://testserver/hooks/bounces/" in page

    assert not save(cast, path, MAIL | MAILBOX | {"mailbox_password": "", "mailbox_port": ""})
    assert settings()["mailbox"] == {
        "host": "imap.example.org", "username": "bounces", "password": "confidential-mailbox",
        "security": "tls",
    }  # fmt: skip
    assert not save(cast, path, MAIL)
    assert "mailbox" not in settings()


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"mailbox_username": ""}, "mailbox_username", "needed too"),
        ({"mailbox_password": ""}, "mailbox_password", "needed too"),
        ({"bounces": ""}, "bounces", "no address for bounces"),
        ({"bounces": "a@b.example\r\nBcc: c@d.example"}, "bounces", "Give one like"),
        ({"dkim_domain": "example.org"}, "dkim_private_key", "needed too"),
        (
            {"dkim_domain": "example.org", "dkim_selector": "s", "dkim_private_key": "no key"},
            "dkim_private_key",
            "could not be signed",
        ),
        ({"mailbox_port": "0"}, "mailbox_port", "greater than or equal to 1"),
    ],
)
def test_what_is_missing_or_wrong_is_told_beside_its_field(
    cast: Cast, changes: dict[str, str], field: str, said: str
) -> None:
    page = save(cast, "/app/accounts/add/email/", MAIL | MAILBOX | changes)

    assert said in page.split(f'id="id_{field}_error"')[1].split("</p>")[0]
    assert not Account.objects.exists()


def test_a_key_that_signs_is_taken_and_never_shown(cast: Cast) -> None:
    pem = rsa.generate_private_key(public_exponent=65_537, key_size=2_048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    key = {"dkim_domain": "example.org", "dkim_selector": "s", "dkim_private_key": pem.decode()}
    assert not save(cast, "/app/accounts/add/email/", MAIL | key)

    path = f"/app/accounts/{Account.objects.get().pk}/"
    assert "BEGIN RSA" not in text(cast.olga, path)
    assert not save(cast, path, MAIL | key | {"dkim_private_key": ""})
    assert settings()["dkim"]["private_key"].startswith("-----BEGIN RSA")


def test_a_bot_reads_for_a_source_and_is_fetched_or_brought(cast: Cast) -> None:
    slug = cast.world.source.slug
    assert not save(cast, "/app/accounts/add/telegram/", BOT | {"source": slug})
    account = Account.objects.get()
    assert bot_of(account.settings).source == slug
    assert bot_of(account.settings).webhook_secret == ""

    path = f"/app/accounts/{account.pk}/"
    kept = BOT | {"token": "", "source": slug}
    assert not save(cast, path, kept | {"brought": "on"})
    assert settings()["webhook_secret"]
    assert "checked" in text(cast.olga, path)
    assert not save(cast, path, kept)
    assert "webhook_secret" not in settings()
    assert not save(cast, path, kept | {"source": ""})
    assert "source" not in settings()
    assert save(cast, path, kept | {"source": "forgotten"})


def test_what_is_wrong_with_an_account_stands_on_its_page(cast: Cast) -> None:
    account = Account.objects.create(kind="telegram", name="bot", settings=json.dumps(BOT))
    Account.objects.update(last_error="Telegram does not know the bot's token (401).")

    assert "does not know the bot&#x27;s token" in text(cast.olga, f"/app/accounts/{account.pk}/")
