"""How passwords are hashed."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id with what OWASP asks for at least: 20 people a second can sign in on two cores.

    Django's own parameters take a quarter of a second of a core and 100 MiB for each of them. A
    hash with other parameters goes on fitting, and is made anew when its owner signs in.
    """

    time_cost = 2
    #: KiB.
    memory_cost = 19_456
    parallelism = 1
