"""How administrators come in: with keys, under their own names. Text in, text out."""

from __future__ import annotations

from signalcast.deploy.host import Host
from signalcast.deploy.text import Text

_FILE = Text("""\
# Rendered by `signalcast deploy render sshd` for the host @@{name}. Changes here are lost.
# Read before everything else in sshd_config, and what is said first counts.
Port @@{port}
PermitRootLogin no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitEmptyPasswords no
AuthenticationMethods publickey
# Nobody signs in as the user that processes run as.
DenyUsers @@{user}
MaxAuthTries 3
MaxSessions 10
MaxStartups 10:30:60
LoginGraceTime 30
ClientAliveInterval 60
ClientAliveCountMax 5
X11Forwarding no
AllowAgentForwarding no
PermitTunnel no
PermitUserEnvironment no
""")


def files(host: Host) -> dict[str, str]:
    """A file of its own; the package's includes it. Ubuntu's socket listens at ports of its own,
    so that another port is told there too."""
    found = {
        "etc/ssh/sshd_config.d/00-signalcast.conf": _FILE.substitute(
            name=host.name, port=host.ssh.port, user=host.user
        )
    }
    if host.system == "ubuntu-24.04" and host.ssh.port != 22:
        found["etc/systemd/system/ssh.socket.d/signalcast.conf"] = (
            "# Rendered by `signalcast deploy render sshd`. Changes here are lost.\n"
            f"[Socket]\nListenStream=\nListenStream={host.ssh.port}\n"
        )
    return found
