"""From a YAML document to a host that can be, or to sentences on what can't."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import PurePosixPath
from typing import Any

import msgspec
import yaml

from signalcast.core.home import LONGEST_SOCKET_DIRECTORY
from signalcast.deploy.environment import wrong_settings
from signalcast.deploy.host import ROLES, Host, WrongHost

#: A path that means itself in every file it is written to: no blanks, quotes, signs or dots.
PLAIN_PATH = re.compile(r"^(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$")

#: Somebody's account, and a line of a .pub file.
ACCOUNT = re.compile(r"^[a-z_][a-z0-9_-]{0,30}$")
PUBLIC_KEY = re.compile(
    r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp\d{3}|sk-[a-z0-9-]+@openssh\.com) "
    r"AAAA[A-Za-z0-9+/]+={0,3}( [\x20-\x7e]*)?$"
)


def read(text: str) -> Host:
    """The host that a YAML document describes. Raises WrongHost."""
    try:
        plain = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise WrongHost(f"This is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(plain, dict):
        raise WrongHost("A host description is a mapping, as in `name: small`.")
    return host(plain)


def host(plain: dict[str, Any]) -> Host:
    """The host that plain values describe. Raises WrongHost."""
    try:
        found = msgspec.convert(plain, Host)
    except msgspec.ValidationError as error:
        raise WrongHost(_sentence(str(error), plain)) from None
    if wrong := list(_impossible(found)):
        raise WrongHost("\n".join(wrong))
    return found


#: What is meant by a field that has to look like something, by its place.
LOOKS = {
    "name": "lower-case letters, digits and dashes, as in small-1",
    "domain": "the bare name that people type, as in signals.example.com",
    "user": "lower-case letters, digits and underscores, as in signalcast",
    "database.name": "lower-case letters, digits and underscores, as in signalcast",
    "database.user": "lower-case letters, digits and underscores, as in signalcast",
    "database.address": "the name or address of a machine, without a port",
    "broker.address": "the name or address of a machine, without a port",
}


def _sentence(problem: str, plain: dict[str, Any]) -> str:
    reason, _, place = problem.partition(" - at `$.")
    where = place.rstrip("`")
    if found := re.match("Object missing required field `(.+)`", reason):
        return f"`{where + '.' if where else ''}{found[1]}` is missing. Write it."
    if found := re.match("Object contains (unknown field `.+`)", reason):
        return f"There is an {found[1]}{f' in `{where}`' if where else ''}. Correct or remove it."
    if where in LOOKS and "regex" in reason:
        value: Any = plain
        for key in where.split("."):
            value = value[key]
        return f"`{where}` is {value!r}: give {LOOKS[where]}."
    return f"`{where}` cannot be used: {reason}. Correct it." if where else f"{reason}."


def _impossible(found: Host) -> Iterator[str]:
    """What can't be together, a sentence for each."""
    yield from _wrong_paths(found)
    yield from _wrong_networks(found)
    yield from _wrong_places(found)
    yield from _wrong_web(found)
    yield from _wrong_administrators(found)
    yield from _wrong_elsewhere(found)
    if found.manager == "systemd" and found.settings.get("scaling") == "budget":
        yield "`settings` sets scaling to budget, which needs `manager: supervisor`."
    yield from wrong_settings(found)


def _wrong_paths(found: Host) -> Iterator[str]:
    paths = {"base": found.base}
    if found.tls.kind == "files":
        paths |= {"tls.certificate": found.tls.certificate, "tls.key": found.tls.key}
    for name, path in paths.items():
        if not PLAIN_PATH.match(path):
            yield (
                f"`{name}` is {path!r}: give an absolute path of letters, digits, dots, dashes and "
                "underscores, as in /srv/signalcast."
            )
    if PLAIN_PATH.match(found.base) and len(PurePosixPath(found.base).parts) < 3:
        yield f"`base` is {found.base!r}: choose a directory of its own, as in /srv/signalcast."
    if len(found.home) + len("/run") > LONGEST_SOCKET_DIRECTORY:
        yield f"`base` is {found.base!r}: too long for sockets in it. Take at most 80 letters."


def _wrong_networks(found: Host) -> Iterator[str]:
    listed = {
        "trusted_proxies": found.trusted_proxies,
        "peers": found.peers,
        "ssh.networks": found.ssh.networks,
    }
    for name, networks in listed.items():
        for network in networks:
            try:
                ip_network(network)
            except ValueError as error:
                yield f"`{name}` lists {network!r}: {error}. Write a network as in 10.0.0.0/24."


def _wrong_administrators(found: Host) -> Iterator[str]:
    for name, keys in found.ssh.administrators.items():
        if not ACCOUNT.fullmatch(name):
            yield (
                f"`ssh.administrators` names {name!r}: write lower-case letters, digits, dashes "
                "and underscores, as in admin."
            )
        elif name in ("root", found.user):
            yield f"`ssh.administrators` names {name!r}, which nobody signs in as. Choose another."
        if not keys:
            yield f"`ssh.administrators.{name}` has no key, and nobody comes in without one."
        for key in keys:
            if not PUBLIC_KEY.fullmatch(key):
                yield (
                    f"`ssh.administrators.{name}` lists {key[:40]!r}, which is no public key: "
                    "write the line of a .pub file, as in ssh-ed25519 AAAA... admin@laptop."
                )


def _wrong_places(found: Host) -> Iterator[str]:
    database, broker = found.database, found.broker
    if len(set(found.roles)) != len(found.roles) or not found.roles:
        yield "`roles` names each role once, and at least one."
    everything = set(found.roles) >= set(ROLES)
    if database.engine == "sqlite" and not (everything and not database.address):
        yield (
            "SQLite serves one machine that does everything: take `engine: postgresql`, or leave "
            "`roles` and `database.address` out."
        )
    if broker.kind == "embedded" and not (everything and not broker.address):
        yield (
            "The embedded broker serves one machine that does everything: take `kind: valkey`, or "
            "leave `roles` and `broker.address` out."
        )
    for role, part, name in (("database", database, "database"), ("broker", broker, "broker")):
        if role in found.roles and part.address:
            yield (
                f"`{name}.address` is {part.address!r} although this machine has the role "
                f"{role}: take one of them away."
            )
        elif role not in found.roles and found.runs_code and not part.address:
            yield f"Say where the {role} is with `{name}.address`, or give the role {role}."
    same = database.user == found.user or not found.runs_code
    if database.engine == "mariadb" and "database" in found.roles and not same:
        yield (
            "MariaDB tells by the system's account who asks: let `database.user` be "
            f"{found.user!r}."
        )
    serves_others = not found.runs_code and ({"database", "broker"} & set(found.roles))
    if serves_others and not found.peers:
        yield "Say with `peers` which networks may reach what this machine serves."


def _wrong_elsewhere(found: Host) -> Iterator[str]:
    """What containers and platforms need to be told."""
    if found.manager not in ("containers", "platform"):
        return
    ours = {"web", "workers", "senders", "scheduler"}
    told = f"With `manager: {found.manager}`,"
    if set(found.roles) != ours:
        yield f"{told} `roles` are {', '.join(role for role in ROLES if role in ours)}."
    if found.web_server != "none":
        yield f"{told} `web_server` is none: something before the processes ends TLS."
    if found.manager == "containers":
        if found.database.engine != "postgresql" or found.broker.kind != "valkey":
            yield f"{told} take `engine: postgresql` and `kind: valkey`, which are containers too."
        if found.tls.kind != "files":
            yield f"{told} take `kind: files` under `tls`: nginx is given them as secrets."


def _wrong_web(found: Host) -> Iterator[str]:
    if not found.has("web"):
        return
    if found.web_server == "none":
        if not found.trusted_proxies:
            yield "With `web_server: none`, `trusted_proxies` must name what ends TLS before it."
    elif found.tls.kind == "certbot" and "@" not in found.tls.email:
        yield (
            "certbot needs an address that the certificate authority can write to: set "
            "`tls.email`, or take `kind: files` with `certificate` and `key`."
        )
    elif found.tls.kind == "certbot" and (found.tls.certificate or found.tls.key):
        yield "`tls.certificate` and `tls.key` go with `kind: files`; certbot knows its own."
    if found.ssh.port in (80, 443, 8_000, 8_001):
        yield f"`ssh.port` is {found.ssh.port}, where the site itself listens."
