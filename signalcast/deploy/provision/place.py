"""Where a machine is, as people write it, and as pyinfra does."""

from __future__ import annotations

import re
from typing import NamedTuple

from signalcast.deploy.host import WrongHost

#: `admin@server.example.com`, `root@[2001:db8::1]:2222`.
SSH = re.compile(
    r"^(?P<user>[a-z_][a-z0-9_-]{0,30})@"
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9][A-Za-z0-9.-]*))"
    r"(?::(?P<port>[0-9]{1,5}))?$"
)
ROOT_DIRECTORY = "chroot:"


class Place(NamedTuple):
    """A name of pyinfra's, and what it has to know besides."""

    name: str
    data: dict[str, str | int]
    #: Whether one has to become root there first.
    sudo: bool


def place(text: str, *, key: str = "") -> Place:
    """The place that TEXT means. KEY is the path of a private key. Raises WrongHost."""
    if text == "local":
        return Place("@local", {}, sudo=False)
    if text.startswith(ROOT_DIRECTORY + "/"):
        return Place(f"@chroot/{text.removeprefix(ROOT_DIRECTORY)}", {}, sudo=False)
    found = SSH.fullmatch(text)
    if not found:
        raise WrongHost(
            f"{text!r} is no place: write root@203.0.113.10, admin@server.example.com:2222, local, "
            "or chroot:/path of a root directory."
        )
    data: dict[str, str | int] = {
        "ssh_hostname": found["six"] or found["name"],
        "ssh_user": found["user"],
        "ssh_port": int(found["port"] or 22),
    }
    if key:
        data["ssh_key"] = key
    return Place(text, data, sudo=found["user"] != "root")
