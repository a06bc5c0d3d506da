"""The entrance tells of who guesses, and of nothing that was typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from signalcast.accounts.models import User
from signalcast.core import events

pytestmark = pytest.mark.django_db


def told(**form: str) -> list[tuple[str, dict[str, Any]]]:
    """What is told of when somebody sends the form."""
    heard: list[tuple[str, dict[str, Any]]] = []
    with events.heard_by(lambda event, fields: heard.append((event, fields))):
        Client(REMOTE_ADDR="203.0.113.7").post("/sign-in/", form)
    return [one for one in heard if one[0].startswith("sign_in.")]


def test_a_wrong_password_is_told_of_with_the_address_and_without_what_was_typed() -> None:
    User.objects.create_user("alice@example.org", "correct horse")

    assert told(login="alice@example.org", password="wrong") == [
        ("sign_in.failed", {"address": "203.0.113.7"})
    ]
    assert told(login="alice@example.org", password="correct horse") == []
