"""Believe the e-mail addresses of people whom the installation's owner made."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.account.models import EmailAddress

from signalcast.accounts.models import User

#: Rows of one statement.
BATCH = 500


def trust_addresses(users: Iterable[User]) -> None:
    """Note each user's address as verified. Whoever signs up proves it by a code instead."""
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users],
        batch_size=BATCH,
    )
