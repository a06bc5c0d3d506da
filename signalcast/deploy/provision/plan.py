"""All that has to be so on a machine, from its description. The same makes the same."""

from __future__ import annotations

from collections.abc import Iterator

from signalcast.deploy.host import Host, WrongHost
from signalcast.deploy.provision import accounts, application, hardening, web
from signalcast.deploy.provision.packages import packages
from signalcast.deploy.provision.secrets import Secrets, wanted
from signalcast.deploy.provision.servers import servers
from signalcast.deploy.provision.step import STATE, Directory, Need, Step


def plan(host: Host, secrets: Secrets | None, release: str) -> tuple[Step, ...]:
    """Steps in their order. RELEASE is the name of the first release.

    Raises WrongHost where the description is none of a machine, or needs secrets and has none.
    """
    if host.manager not in ("supervisor", "systemd"):
        raise WrongHost(
            f"`manager: {host.manager}` runs on no machine that can be provisioned: take "
            "supervisor or systemd."
        )
    if secrets is None and wanted(host):
        raise WrongHost(
            "This machine shares its database or broker with others, whose passwords have to "
            "stand in a file: name one with --secrets. It is made where there is none."
        )
    return tuple(_steps(host, secrets or Secrets(), release))


def _steps(host: Host, secrets: Secrets, release: str) -> Iterator[Step]:
    yield from accounts.needs(host)
    yield _system(host)
    yield from web.needs(host)
    yield Directory(title=f"{STATE} is there", path=STATE)
    yield from hardening.updates(host)
    yield from packages(host)
    yield from accounts.administrators(host)
    yield from accounts.owner(host)
    yield from hardening.doors(host)
    yield from servers(host, secrets)
    yield from hardening.profile(host)
    yield from application.application(host, secrets, release)
    yield from hardening.jails(host)
    yield from web.web(host)
    yield from application.answers(host)


def _system(host: Host) -> Step:
    name, _dash, version = host.system.partition("-")
    return Need(
        title=f"The system is {host.system}",
        test=f'. /etc/os-release && [ "$ID-$VERSION_ID" = {name}-{version} ]',
        refusal=f"The description says `system: {host.system}`, and the machine is another. "
        "Correct the description, or take another machine.",
    )
