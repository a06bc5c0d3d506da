"""What people type is found in whatever case, on every engine."""

from __future__ import annotations

import pytest

from signalcast.accounts.models import User
from signalcast.core.holds import holds

pytestmark = [pytest.mark.storage, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ann", 1),
        ("ANN@Exam", 1),
        ("Анна", 1),
        ("example", 2),
        ("nobody", 0),
        ("100%", 0),
        ("_", 0),
    ],
)
def test_a_part_of_a_name_or_an_address_finds_people(typed: str, found: int) -> None:
    User.objects.create_user("ann@example.org", name="Анна")
    User.objects.create_user("bob@example.org", name="Bob")

    assert holds(User.objects.all(), typed, "email", "name").count() == found
