"""Several machines that make one installation together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import yaml

from signalcast.deploy.host import Host, Part, WrongHost
from signalcast.deploy.provision.place import Place, place
from signalcast.deploy.read import read


class Member(Part, frozen=True):
    """One machine: the file that describes it, beside the inventory, and where it is."""

    description: str
    to: str


class Inventory(Part, frozen=True):
    """The machines, and the file with what they have to know alike."""

    hosts: tuple[Member, ...]
    secrets: str = ""


class Described(msgspec.Struct, frozen=True):
    """A machine and where it is."""

    host: Host
    at: Place


def read_inventory(path: Path, *, key: str = "") -> tuple[list[Described], Path | None]:
    """Its machines, those first that others ask, and the file of secrets.

    Raises WrongHost with sentences, and OSError.
    """
    try:
        found = msgspec.convert(yaml.safe_load(path.read_text()), Inventory)
    except yaml.YAMLError as error:
        raise WrongHost(f"{path} is no YAML: {' '.join(str(error).split())}") from None
    except msgspec.ValidationError as error:
        raise WrongHost(
            f"{path}: {error}. An inventory has `hosts`, a list of `description` and `to`, and "
            "`secrets`, the name of a file."
        ) from None
    machines = []
    for member in found.hosts:
        try:
            described = read((path.parent / member.description).read_text())
        except WrongHost as wrong:
            raise WrongHost(f"{member.description}: {wrong}") from None
        machines.append(Described(described, place(member.to, key=key)))
    if found_wrong := list(_contradictions(machines)):
        raise WrongHost("\n".join(found_wrong))
    machines.sort(key=lambda one: not (one.host.has("database") or one.host.has("broker")))
    return machines, path.parent / found.secrets if found.secrets else None


def _contradictions(machines: Sequence[Described]) -> Iterator[str]:
    if not machines:
        yield "The inventory lists no machine."
        return
    for what, values in (
        ("name", [one.host.name for one in machines]),
        ("place", [one.at.name for one in machines]),
    ):
        for twice in sorted({value for value in values if values.count(value) > 1}):
            yield f"The inventory has two machines with the {what} {twice}."
    alike: tuple[tuple[str, list[str]], ...] = (
        ("`domain`", [one.host.domain for one in machines]),
        ("`database.engine`", [str(one.host.database.engine) for one in machines]),
        ("`database.name`", [one.host.database.name for one in machines]),
        ("`database.user`", [one.host.database.user for one in machines]),
    )
    for what, values in alike:
        if len(set(values)) > 1:
            yield f"The machines of an installation have one {what}, not {' and '.join(values)}."
    for role in ("database", "broker"):
        serving = [one.host.name for one in machines if role in one.host.roles]
        if len(serving) > 1:
            yield f"Only one machine has the role {role}, not {' and '.join(serving)}."
