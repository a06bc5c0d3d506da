"""One's name, and the language that pages and messages are in."""

from __future__ import annotations

import pytest
from django.test import Client

from signalcast.accounts.models import AuditEntry, User
from signalcast.portal.tests.cast import signed_in, staff
from signalcast.portal.tests.post_office import post_office

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]

PASSWORD = "correct horse"
PAGE = "/app/account/profile/"


def heading(client: Client) -> str:
    return str(client.get("/app/account/").content.decode().partition("<h1>")[2].partition("<")[0])


def test_pages_speak_the_language_that_somebody_chose_in_every_browser() -> None:
    user = User.objects.create_user("dora@example.org", PASSWORD)
    client = signed_in(user)
    assert heading(client) == "Your account"
    client.post(PAGE, {"name": "Dora", "language": "de"})

    assert heading(client) == "Ihr Konto"
    other = Client(headers={"Accept-Language": "es"})
    other.post("/sign-in/", {"login": user.email, "password": PASSWORD})
    assert heading(other) == "Ihr Konto"
    client.post(PAGE, {"name": "Dora", "language": ""})
    assert heading(client) == "Your account"


def test_who_signs_up_is_written_to_in_the_language_of_the_page() -> None:
    client = Client(headers={"Accept-Language": "ru"})
    with post_office():
        client.post("/sign-up/", {"email": "new@example.org", "password1": PASSWORD})

    assert User.objects.get().language == "ru"


def test_a_name_is_one_line_and_a_language_one_that_there_is() -> None:
    user = User.objects.create_user("dora@example.org")
    client = signed_in(user)
    assert client.post(PAGE, {"name": "\x07", "language": ""}).status_code == 422
    assert client.post(PAGE, {"name": "", "language": "xx"}).status_code == 422
    assert client.post(PAGE, {"name": "x" * 121, "language": ""}).status_code == 422

    client.post(PAGE, {"name": " Dora \n Ltd", "language": ""})
    assert User.objects.get().name == "Dora Ltd"


def test_what_staff_changes_about_itself_is_noted() -> None:
    signed_in(staff("olga", "owner")).post(PAGE, {"name": "Olga", "language": ""})

    assert AuditEntry.objects.get().action == "accounts.profile_changed"
