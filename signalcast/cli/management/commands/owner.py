"""`signalcast owner create EMAIL`: the first person who may do everything."""

from __future__ import annotations

import getpass
import secrets
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from signalcast.accounts.audit import audit
from signalcast.accounts.models import Role, RoleGrant, User, normal_email
from signalcast.cli import command
from signalcast.cli.database import ready_database


class Command(command.Command):
    """Make an owner, or an owner of somebody who is there already."""

    help = (
        "Make an owner. Asks for a password, or makes one and shows it once where nobody can be "
        "asked.\n\n  signalcast owner create me@example.org"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do and for whom."""
        parser.add_argument("act", choices=["create"])
        parser.add_argument("email")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    def handle(self, *, email: str, **options: Any) -> None:
        """Create the owner EMAIL."""
        email = normal_email(email)
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is no e-mail address.") from None
        ready_database(self.stderr.write)
        known = User.objects.filter(email=email).first()
        password, told = ("", False) if known else _password(from_stdin=options["password_stdin"])
        with transaction.atomic():
            user = known or User.objects.create_user(email, password)
            _grant, made = RoleGrant.objects.get_or_create(user=user, role=Role.OWNER)
            if made:
                audit("owners.made", by="shell", target=email)
        if known:
            self.stdout.write(f"{email} {'is an owner now' if made else 'was an owner already'}.")
            return
        self.stdout.write(f"{email} is an owner and can sign in.")
        if told:
            self.stdout.write(f"Password (shown this once): {password}")


def _password(*, from_stdin: bool) -> tuple[str, bool]:
    """A password, and whether the person has to be told which."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\n")
    elif sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Once more: ") != password:
            raise CommandError("The two passwords differ.")
    else:
        return secrets.token_urlsafe(12), True
    try:
        validate_password(password)
    except ValidationError as problem:
        raise CommandError(" ".join(problem.messages)) from None
    return password, False
