"""Who wants no more mail, or can't get any, gets none."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from signalcast.accounts.models import User
from signalcast.channels.email.unsubscribe import unsubscribe_address
from signalcast.channels.models import Account, Destination
from signalcast.core.env import environment
from signalcast.portal.unsubscribe import bounces_address

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Destination:
    owner = User.objects.create_user("alice@example.org")
    return Destination.objects.create(owner=owner, kind="email", address="alice@example.org")


@pytest.fixture
def link(alice: Destination, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SIGNALCAST_PUBLIC_URL", "https://signals.example.org")
    environment.cache_clear()
    address = unsubscribe_address(str(alice.uid))
    monkeypatch.undo()
    environment.cache_clear()
    return address.removeprefix("https://signals.example.org")


def test_looking_at_the_link_changes_nothing(alice: Destination, link: str) -> None:
    page = Client().get(link)

    alice.refresh_from_db()
    assert page.status_code == 200
    assert "alice@example.org" in page.content.decode()
    assert alice.state == "active"


def test_one_click_of_a_mail_program_ends_it(alice: Destination, link: str) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(link, {"List-Unsubscribe": "One-Click"})

    alice.refresh_from_db()
    assert answer.status_code == 200
    assert (alice.state, alice.disabled_reason) == (
        "disabled",
        "Unsubscribed by a link in an e-mail.",
    )


def test_a_person_can_end_it_and_take_that_back(alice: Destination, link: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert "unsubscribed" in client.post(link, follow=True).content.decode()
    client.post(link, {"undo": "1"})

    alice.refresh_from_db()
    assert alice.state == "active"


def test_the_page_speaks_the_language_of_whom_the_mail_was_for(
    alice: Destination, link: str
) -> None:
    User.objects.update(language="de")

    assert "Nichts mehr senden" in Client().get(link).content.decode()


@pytest.mark.parametrize("token", ["x", "x:y", "0" * 36 + ":" + "A" * 43])
def test_a_forged_link_leads_nowhere(token: str) -> None:
    assert Client().post(reverse("unsubscribe", args=[token])).status_code == 404


NOTIFICATION = b"""\
From: mailer-daemon@example.net
To: bounces@example.org
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; example.net

Final-Recipient: rfc822; Alice@example.org
Action: %s
Status: %s
Diagnostic-Code: smtp; 550 No such user

--b--
"""


@pytest.fixture
def door() -> str:
    return bounces_address(Account.objects.create(kind="email", name="main", settings="{}"))


def report(door: str, body: object, kind: str = "application/json") -> int:
    sent = body if isinstance(body, bytes) else json.dumps(body)
    return Client().post(door, sent, content_type=kind).status_code


@pytest.mark.parametrize(
    ("action", "status", "state"),
    [
        (b"failed", b"5.1.1", "disabled"),
        (b"failed", b"5.2.2", "active"),
        (b"delayed", b"4.4.1", "active"),
    ],
)
def test_a_notification_disables_only_what_failed_for_good(
    alice: Destination, door: str, action: bytes, status: bytes, state: str
) -> None:
    assert report(door, NOTIFICATION % (action, status), "message/rfc822") == 200

    alice.refresh_from_db()
    assert alice.state == state


SES = {
    "notificationType": "Bounce",
    "bounce": {
        "bounceType": "Permanent",
        "bouncedRecipients": [{"emailAddress": "alice@example.org", "diagnosticCode": "gone"}],
    },
}


@pytest.mark.parametrize(
    "told",
    [
        SES,
        {"Type": "Notification", "Message": json.dumps(SES)},
        {
            "event-data": {
                "event": "failed",
                "severity": "permanent",
                "recipient": "alice@example.org",
                "delivery-status": {"message": "gone"},
            }
        },
        {"RecordType": "Bounce", "Type": "HardBounce", "Email": "alice@example.org",
         "Description": "gone"},
    ],
    ids=["ses", "ses by sns", "mailgun", "postmark"],
)  # fmt: skip
def test_reports_of_mail_services_are_understood(
    alice: Destination, door: str, told: object
) -> None:
    assert report(door, told) == 200

    alice.refresh_from_db()
    assert (alice.state, alice.disabled_reason) == ("disabled", "Mail to it came back: gone")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b"hello", b'{"bounce": 1, "notificationType": "Bounce"}',
             b'{"a":' * 5_000, b"\xff\xfe"],
)  # fmt: skip
def test_what_is_no_report_is_refused_with_what_is_expected(door: str, body: bytes) -> None:
    answer = Client().post(door, body, content_type="application/json")

    assert answer.status_code == 422
    assert answer.json()["title"].endswith(".")


def test_a_forged_address_for_bounces_leads_nowhere() -> None:
    assert report(reverse("bounces", args=["1:forged"]), SES) == 404
