"""Secrets are unreadable in the database, and keys can be exchanged."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.db import connection

from signalcast.channels.models import Destination
from signalcast.core import env, secrets


@pytest.mark.storage
@pytest.mark.django_db
def test_a_secret_is_plain_in_the_program_and_unreadable_in_the_database() -> None:
    Destination.objects.create(kind="webhook", address="https://a.test/", secret="whsec_open")

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM channels_destination")
        stored = cursor.fetchone()[0]

    assert "whsec_open" not in stored
    assert Destination.objects.get().secret == "whsec_open"


@pytest.mark.django_db
def test_an_old_secret_is_still_read_after_a_new_key_was_put_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()

    def use(keys: str) -> None:
        monkeypatch.setenv("SIGNALCAST_ENCRYPTION_KEYS", keys)
        env.environment.cache_clear()
        secrets.keyring.cache_clear()

    try:
        use(old)
        Destination.objects.create(kind="webhook", address="https://a.test/", secret="kept")
        use(f"{new},{old}")
        assert Destination.objects.get().secret == "kept"
        use(new)
        with pytest.raises(secrets.Undecryptable, match="SIGNALCAST_ENCRYPTION_KEYS"):
            Destination.objects.get()
    finally:
        monkeypatch.undo()
        env.environment.cache_clear()
        secrets.keyring.cache_clear()
