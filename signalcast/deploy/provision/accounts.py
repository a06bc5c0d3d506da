"""Who may do what on a machine: its administrators, and the user that processes run as."""

from __future__ import annotations

from collections.abc import Iterator

from signalcast.deploy.host import Host
from signalcast.deploy.provision.step import Account, Ensure, File, Need, Step

SUDOERS = "/etc/sudoers.d/signalcast-administrators"
#: Whether somebody may use sudo and has a key: root may not sign in afterwards.
COMES_IN = """\
for name in $(getent group sudo admin | cut -d: -f4 | tr , ' '); do
    home=$(getent passwd "$name" | cut -d: -f6)
    [ "$name" = root ] || [ ! -s "$home/.ssh/authorized_keys" ] || exit 0
done
exit 1"""


def needs(host: Host) -> Iterator[Step]:
    """We may do everything here, and afterwards somebody still can."""
    yield Need(
        title="We are root",
        test='[ "$(id -u)" = 0 ]',
        refusal="This must be done as root, or by an account that may use sudo.",
    )
    if not host.ssh.administrators:
        yield Need(
            title="Somebody can come in",
            test=COMES_IN,
            refusal="Nobody could sign in afterwards: root may not, and no account has both sudo "
            "and a key. Name one under `ssh.administrators` of the description.",
        )


def administrators(host: Host) -> Iterator[Step]:
    """Those of the description. They have no passwords, so that sudo asks for none."""
    listed = host.ssh.administrators
    for name, keys in sorted(listed.items()):
        yield Account(
            title=f"{name} may sign in",
            name=name,
            home=f"/home/{name}",
            keys=tuple(keys),
            groups=("sudo",),
        )
    if listed:
        lines = "".join(f"{name} ALL=(ALL:ALL) NOPASSWD: ALL\n" for name in sorted(listed))
        yield File(
            title="Administrators may use sudo",
            path=SUDOERS,
            text="# Written by `signalcast deploy provision`. Changes here are lost.\n" + lines,
            mode="440",
            check="visudo -c -q -f",
        )
    else:
        yield Ensure(
            title="Nobody else may use sudo by us",
            test=f"[ ! -e {SUDOERS} ]",
            run=f"rm {SUDOERS}",
        )


def owner(host: Host) -> Iterator[Step]:
    """Whom processes run as. Nobody signs in as that."""
    if host.runs_code:
        yield Account(title=f"{host.user} is there", name=host.user, home=host.base)


def member(host: Host, group: str) -> Step:
    """The user of our processes is in a group."""
    return Ensure(
        title=f"{host.user} is in the group {group}",
        test=f"id -nG {host.user} | grep -q -w {group}",
        run=f"usermod --append --groups {group} {host.user}",
    )
