"""What a mail looks like, how servers' answers are understood, and how connections are used."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

import dkim
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from signalcast.channels.base import Address, AddressError, Content, Message, Outcome, Result
from signalcast.channels.email.address import read_address
from signalcast.channels.email.tests.peer import Peer, account
from signalcast.channels.email.transport import channel
from signalcast.channels.wording import examples
from signalcast.core.env import environment
from signalcast.core.ports import free_port
from signalcast.shop.current import Shop, keep


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as made:
        yield made


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIGNALCAST_PUBLIC_URL", "https://signals.example.org/")
    environment.cache_clear()
    yield
    environment.cache_clear()


def message(number: int = 1, comment: str = "Half the usual size.") -> Message:
    content = next(iter(examples("signal.published")))
    content.data["signal"] |= {"comment": comment}
    return Message(f"msg_{number:026}", content)


def send(address: Address, *messages: Message) -> list[Result]:
    async def one_after_the_other() -> list[Result]:
        async with channel.open() as transport:
            return [await transport.send(each, address) for each in messages or (message(),)]

    return asyncio.run(one_after_the_other())


def mailed(peer: Peer, each: Message | None = None, **changes: str) -> EmailMessage:
    [result] = send(peer.address()._replace(**changes), each or message())
    assert result.outcome is Outcome.ACCEPTED, result
    return peer.mails[-1]


def text(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_the_name_of_the_business_is_the_senders(peer: Peer) -> None:
    keep(Shop(own_name="Señales Acme"), seconds=60)

    assert mailed(peer)["From"] == "Señales Acme <signals@example.org>"


def test_a_mail_says_the_signal_in_text_and_in_html(peer: Peer) -> None:
    mail = mailed(peer)

    assert mail["From"] == "Signals <signals@example.org>"
    assert mail["To"] == "alice@example.org"
    assert mail["Subject"] == "BUY BTCUSDT"
    for level in ("64250.5", "64100", "63000", "65000", "66000"):
        assert level in text(mail)
        assert level in text(mail, "html")


def test_what_somebody_wrote_into_a_comment_is_text_in_html(peer: Peer) -> None:
    mail = mailed(peer, message(comment="<script>alert(1)</script> & <b>"))

    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;" in text(mail, "html")
    assert "<script>alert(1)</script> & <b>" in text(mail)


def test_a_comment_cannot_add_headers(peer: Peer) -> None:
    each = message()
    each.content.data["signal"]["symbol"] = "BTC\r\nBcc: everybody@example.org"

    mail = mailed(peer, each)

    assert mail["Bcc"] is None
    assert mail["Subject"] == "BUY BTC Bcc: everybody@example.org"


def test_revisions_of_one_signal_are_one_conversation(peer: Peer) -> None:
    new = message()
    data = new.content.data | {"revision": {"number": 2, "kind": "update"}}
    update = Message("msg_2", Content("signal.updated", new.content.timestamp, data))

    first, second = mailed(peer, new), mailed(peer, update)

    assert first["References"] == second["References"]
    assert first["Message-ID"] != second["Message-ID"]


@pytest.mark.usefixtures("public")
def test_a_mail_can_be_unsubscribed_from_by_one_click(peer: Peer) -> None:
    mail = mailed(peer)

    address = str(mail["List-Unsubscribe"]).strip("<>")
    assert address.startswith("https://signals.example.org/unsubscribe/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in text(mail)
    assert address in text(mail, "html")


def test_bounces_come_back_to_an_address_that_names_the_destination(peer: Peer) -> None:
    address = Address("uid-1", "a@example.org", account=account(peer.port, bounces="b@example.org"))
    send(address)

    assert peer.senders[-1].startswith("MAIL FROM:<b+uid-1@example.org>")


def test_mails_go_over_one_connection_one_after_the_other(peer: Peer) -> None:
    results = send(peer.address(), *map(message, range(20)))

    assert {result.outcome for result in results} == {Outcome.ACCEPTED}
    assert peer.connections == 1


def test_a_connection_that_the_server_ended_is_replaced(peer: Peer) -> None:
    peer.patience = 1
    results = send(peer.address(), *map(message, range(4)))

    assert {result.outcome for result in results} == {Outcome.ACCEPTED}
    assert peer.connections == 4


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (b"550 5.1.1 No such user", Outcome.REFUSED, "does not exist"),
        (b"550 No such user", Outcome.REFUSED, "does not exist"),
        (b"550 5.7.1 You look like spam", Outcome.FAILED, "You look like spam"),
        (b"452 4.2.2 Over quota", Outcome.FAILED, "is full"),
        (b"552 5.2.2 Over quota", Outcome.FAILED, "is full"),
        (b"450 4.2.0 Greylisted", Outcome.FAILED, "Greylisted"),
    ],
)
def test_answers_about_a_mailbox_are_understood(
    peer: Peer, answer: bytes, outcome: Outcome, words: str
) -> None:
    peer.rcpt = answer
    refused, again = send(peer.address(), message(1), message(2))

    assert (refused.outcome, again.outcome) == (outcome, outcome)
    assert words in refused.detail
    assert peer.connections == 1


@pytest.mark.parametrize(
    "settings",
    ["", "{}", "[]", '{"host": 1}', account(25, sender="x"), '{"host": "h", "from": "nobody"}'],
)
def test_an_account_that_cannot_be_used_says_so(settings: str) -> None:
    [result] = send(Address("uid", "alice@example.org", account=settings))

    assert result.outcome is Outcome.FAILED
    assert result.account_fails
    assert "mail server" in result.detail


@pytest.mark.parametrize(
    "address",
    ["a@b.example\r\nBcc: x@y.example", "a b@c.example", "@x.example", "a@", "a@x\x00.example",
     "Alice <alice@example.org>", "x" * 65 + "@" + "y" * 200 + ".example"],
)  # fmt: skip
def test_what_is_no_mailbox_is_refused(address: str) -> None:
    with pytest.raises(AddressError):
        read_address(address)


def test_a_domain_of_any_script_is_kept_as_mail_servers_spell_it() -> None:
    assert read_address(" Info@Bücher.example ") == "Info@xn--bcher-kva.example"


class Keeping:
    """An aiosmtpd handler that keeps what it gets."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return "250 Ok"


@contextmanager
def real_server() -> Iterator[tuple[Keeping, int]]:
    handler = Keeping()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield handler, controller.port
    finally:
        controller.stop()


def test_a_real_mail_server_takes_the_mail_whole() -> None:
    with real_server() as (handler, port):
        [result] = send(
            Address("uid", "alice@example.org", account=account(port)),
            message(comment="Grüße \U0001f680\n.\n..dots"),
        )

    assert result.outcome is Outcome.ACCEPTED
    content = (handler.envelopes[0].original_content or b"").decode()
    assert "Grüße \U0001f680\r\n.\r\n..dots" in content
    assert handler.envelopes[0].rcpt_tos == ["alice@example.org"]


def test_a_signed_mail_fits_its_key() -> None:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    ).decode()
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with real_server() as (handler, port):
        signature = {"domain": "example.org", "selector": "s", "private_key": private}
        [result] = send(Address("uid", "alice@example.org", account=account(port, dkim=signature)))

    assert result.outcome is Outcome.ACCEPTED
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    assert dkim.verify(
        (handler.envelopes[0].original_content or b""), dnsfunc=lambda *_a, **_k: record
    )
