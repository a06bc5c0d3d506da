"""What comes back to the mailbox for bounces disables whom it is about, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from signalcast.accounts.models import User
from signalcast.channels.email.collect_bounces import LARGEST, collect_bounces
from signalcast.channels.email.server import WrongServer, read_server
from signalcast.channels.email.tests.imap import Imap
from signalcast.channels.email.tests.peer import account
from signalcast.channels.email.tests.test_leaving import NOTIFICATION
from signalcast.channels.models import Account, Destination
from signalcast.core.ports import free_port
from signalcast.pipeline import SCHEDULES

pytestmark = pytest.mark.django_db


@pytest.fixture
def imap() -> Iterator[Imap]:
    with Imap() as made:
        yield made


@pytest.fixture
def alice() -> Destination:
    owner = User.objects.create_user("alice@example.org")
    return Destination.objects.create(owner=owner, kind="email", address="alice@example.org")


def mail_server(mailbox: dict[str, object]) -> Account:
    settings = account(25, bounces="bounces@example.org", mailbox=mailbox)
    return Account.objects.create(kind="email", name="main", settings=settings)


def came_back(uid: object, *, status: bytes = b"5.1.1", header: bytes = b"Delivered-To") -> bytes:
    """A notification to the address that the mail to a destination was sent with."""
    to = f"bounces+{uid}@example.org".encode()
    return header + b": " + to + b"\n" + NOTIFICATION % (b"failed", status)


@pytest.mark.parametrize("header", [b"Delivered-To", b"X-Original-To", b"To"])
def test_a_mail_that_came_back_disables_its_destination_and_is_read_once(
    imap: Imap, alice: Destination, header: bytes
) -> None:
    mail_server(imap.settings())
    imap.mails = [came_back(alice.uid, header=header)]

    collect_bounces()
    collect_bounces()

    alice.refresh_from_db()
    assert alice.state == "disabled"
    assert alice.disabled_reason == "Mail to it came back: smtp; 550 No such user"
    assert imap.fetched == [1]
    assert Account.objects.get().last_error == ""


def test_a_forwarded_mail_comes_back_for_another_address(imap: Imap, alice: Destination) -> None:
    mail_server(imap.settings())
    imap.mails = [came_back(alice.uid).replace(b"Alice@example.org", b"alice@elsewhere.example")]

    collect_bounces()

    alice.refresh_from_db()
    assert alice.state == "disabled"


def test_a_forged_a_late_and_a_full_one_disable_nobody(imap: Imap, alice: Destination) -> None:
    mail_server(imap.settings())
    imap.mails = [
        NOTIFICATION % (b"failed", b"5.1.1"),
        came_back(uuid4()),
        came_back("0" * 36),
        came_back(alice.uid, status=b"5.2.2"),
        f"To: bounces+{alice.uid}@example.org\n\nI am on holiday.".encode(),
        b"",
        b"\xff\xfe\x00: nonsense\n\n",
        came_back(alice.uid) + b"x" * LARGEST,
    ]

    collect_bounces()

    alice.refresh_from_db()
    assert alice.state == "active"
    assert imap.seen == set(range(1, len(imap.mails) + 1))
    assert len(imap.mails) not in imap.fetched


def test_what_is_wrong_with_a_mailbox_is_told_until_it_is_over(
    imap: Imap, alice: Destination
) -> None:
    made = mail_server(imap.settings(password="wrong"))

    def told(**changes: object) -> str:
        settings = account(25, bounces="b@example.org", mailbox=imap.settings(**changes))
        Account.objects.update(settings=settings)
        collect_bounces()
        made.refresh_from_db()
        return made.last_error

    assert "user name and password" in told(password="wrong")
    assert "cannot be reached" in told(port=free_port())
    imap.nonsense = b"\x00\xff nonsense\r\n"
    assert "127.0.0.1 answered" in told()
    imap.nonsense = b""
    assert told() == ""


def test_a_mailbox_needs_an_address_that_mail_comes_back_to(imap: Imap) -> None:
    with pytest.raises(WrongServer, match="no address for bounces"):
        read_server(account(25, mailbox=imap.settings()))
    with pytest.raises(WrongServer, match="Give one like"):
        read_server(account(25, bounces="nobody"))


def test_it_is_read_by_the_clock() -> None:
    assert "collect_bounces" in {schedule.job for schedule in SCHEDULES}
