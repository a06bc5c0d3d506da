"""What several machines of an installation have to know alike, and nobody else."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

import msgspec
from dotenv import dotenv_values

from signalcast.core.env import variable
from signalcast.deploy.host import SYSTEM_BROKERS, Host, WrongHost

#: Passwords stand in addresses as they are, and keys in lines of `.env`.
PLAIN = re.compile(r"^[A-Za-z0-9_.~,=+/-]*$")
NAMES = {
    "database_password": "DATABASE_PASSWORD",
    "broker_password": "BROKER_PASSWORD",
    "secret_key": variable("secret_key"),
    "encryption_keys": variable("encryption_keys"),
}
HEAD = """\
# Secrets of the installation, alike on all its machines. Made by `signalcast deploy provision`.
# Keep this file: without the encryption keys, stored tokens are lost.
"""


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """The secrets of an installation; what is empty is not ours to set."""

    database_password: str = ""
    broker_password: str = ""
    secret_key: str = ""
    encryption_keys: str = ""

    def variables(self, host: Host) -> dict[str, str]:
        """What HOST's processes are told by them, by the names of variables."""
        told = {
            variable("secret_key"): self.secret_key,
            variable("encryption_keys"): self.encryption_keys,
            variable("database_url"): self._database(host),
            variable("redis_url"): self._broker(host),
        }
        return {name: value for name, value in told.items() if value}

    def _database(self, host: Host) -> str:
        found = host.database
        if not (found.address and self.database_password):
            return ""
        scheme = {"postgresql": "postgresql", "mariadb": "mysql"}[found.engine]
        return f"{scheme}://{found.user}:{self.database_password}@{found.address}/{found.name}"

    def _broker(self, host: Host) -> str:
        if host.broker.kind == "embedded" or not self.broker_password:
            return ""
        if host.broker.address:
            return f"redis://:{self.broker_password}@{host.broker.address}:6379/0"
        if host.peers:
            return f"unix://:{self.broker_password}@{SYSTEM_BROKERS[host.system].socket}"
        return ""


def wanted(host: Host) -> bool:
    """Whether HOST cannot be made without secrets that others know too."""
    serves = (host.has("database") and host.database.engine != "sqlite") or (
        host.has("broker") and host.broker.kind == "valkey"
    )
    asks = host.runs_code and bool(host.database.address or host.broker.address)
    return asks or (serves and bool(host.peers))


def fresh() -> Secrets:
    """New ones."""
    return Secrets(
        database_password=secrets.token_urlsafe(32),
        broker_password=secrets.token_urlsafe(32),
        secret_key=secrets.token_urlsafe(48),
        encryption_keys=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    )


def read_secrets(path: Path) -> Secrets:
    """Those that a file holds. Raises WrongHost with a sentence, or OSError."""
    path.read_bytes()  # a file that is not there is no empty one
    told: Mapping[str, str | None] = dotenv_values(path, interpolate=False)
    for name in told:
        if name not in NAMES.values():
            raise WrongHost(
                f"{path} sets {name}, which is none of: {', '.join(NAMES.values())}. Remove it."
            )
    for name, value in told.items():
        if not PLAIN.fullmatch(value or ""):
            raise WrongHost(
                f"{path}: {name} has signs that cannot stand in an address. Take letters, digits, "
                "dashes and underscores."
            )
    return Secrets(**{field: told.get(name) or "" for field, name in NAMES.items()})


def write_secrets(path: Path, made: Secrets) -> None:
    """Into a file that only its owner can read, whole or not at all. Raises OSError."""
    lines = [f"{name}={getattr(made, field)}\n" for field, name in NAMES.items()]
    new = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(HEAD + "".join(lines))
    new.replace(path)


def merged(text: str, values: Mapping[str, str]) -> str:
    """A file of variables in which these have these values, and all else is as it was."""
    lines = text.splitlines()
    for name, value in values.items():
        wrong = [at for at, line in enumerate(lines) if line.partition("=")[0].strip() == name]
        for at in reversed(wrong[1:]):
            del lines[at]
        if wrong:
            lines[wrong[0]] = f"{name}={value}"
        else:
            lines.append(f"{name}={value}")
    return "".join(f"{line}\n" for line in lines)
