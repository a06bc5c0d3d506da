"""The files of a target as steps, with the owners that programs expect."""

from __future__ import annotations

from collections.abc import Iterator

from signalcast.deploy.host import SYSTEM_BROKERS, Host
from signalcast.deploy.provision.step import File, Step
from signalcast.deploy.render import render


def paths(host: Host, target: str) -> tuple[str, ...]:
    """Where the files of a target are."""
    return tuple(f"/{path}" for path in render(target, host))


def rendered(host: Host, target: str) -> Iterator[Step]:
    """The files that `deploy render` makes for it."""
    for path, text in render(target, host).items():
        owner, group, mode = _held_by(host, path)
        yield File(
            title=f"/{path} is as rendered",
            path=f"/{path}",
            text=text,
            mode="755" if text.startswith("#!") else mode,
            owner=owner,
            group=group,
        )


def _held_by(host: Host, path: str) -> tuple[str, str, str]:
    """Owner, group and mode of a file. Its directory is named after who reads it."""
    if f"/{path}".startswith(f"{host.home}/"):
        return host.user, host.user, "640"
    broker = SYSTEM_BROKERS[host.system].name
    if path.startswith(f"etc/{broker}/"):
        return broker, broker, "640"
    if path.startswith("etc/postgresql/"):
        return "postgres", "postgres", "640"
    return "root", "root", "644"
