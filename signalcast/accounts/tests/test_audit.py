"""What people did stays written down."""

from __future__ import annotations

import pytest
from django.db import transaction

from signalcast.accounts.audit import LONGEST_TARGET, audit
from signalcast.accounts.models import AuditEntry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]


def test_an_action_is_noted_with_who_what_and_how_many() -> None:
    audit("jobs.redriven", by="olga@example.org", target="state:parked", count=3, seconds=1.5)

    entry = AuditEntry.objects.get()
    assert (entry.by, entry.target, entry.count) == ("olga@example.org", "state:parked", 3)
    assert entry.details == {"seconds": 1.5}


def test_an_action_that_was_taken_back_is_not_noted() -> None:
    with transaction.atomic():
        audit("jobs.redriven", by="olga@example.org")
        transaction.set_rollback(True)

    assert not AuditEntry.objects.exists()


def test_an_endless_filter_is_cut() -> None:
    audit("jobs.cancelled", by="shell", target="x" * 10_000)

    assert AuditEntry.objects.get().target == "x" * LONGEST_TARGET
