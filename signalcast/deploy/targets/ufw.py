"""Who may reach what on the machine. Text in, text out."""

from __future__ import annotations

from collections.abc import Iterator

from signalcast.deploy.environment import INTAKE_PORT, PAGES_PORT
from signalcast.deploy.host import Host
from signalcast.deploy.text import Text

DATABASE_PORTS = {"postgresql": 5_432, "mariadb": 3_306}
BROKER_PORT = 6_379

_FILE = Text("""\
#!/bin/sh
# Rendered by `signalcast deploy render ufw` for the host @@{name}. Changes here are lost.
# Makes ufw's rules the ones below: others are taken away, and what is right stays untouched, so
# that the firewall is closed all the time and a second run changes nothing.
set -eu

rules() {
    # As `ufw show added` writes them.
    cat <<'RULES'
@@{rules}
RULES
}

if [ "${1:-}" = check ]; then
    # Whether all is so already. Says nothing.
    ufw status verbose | tr '\\n' ' ' | grep -q -E \\
        '^Status: active .*Default: deny .incoming., allow .outgoing., (deny|disabled) .routed.'
    [ "$(ufw show added | sed -n 's/^ufw //p' | sort)" = "$(rules | sort)" ]
    exit
fi

ufw default deny incoming
ufw default deny routed
ufw default allow outgoing
ufw logging low
rules | while read -r rule; do
    ufw $rule </dev/null
done
ufw show added | sed -n 's/^ufw //p' | while read -r rule; do
    rules | grep -qxF -e "$rule" || ufw --force delete $rule </dev/null
done
ufw --force enable
""")


def files(host: Host) -> dict[str, str]:
    """A command that sets the firewall up, as often as it is run, or checks whether it is so."""
    text = _FILE.substitute(name=host.name, rules="\n".join(_rules(host)))
    return {"usr/local/sbin/signalcast-firewall": text}


def _rules(host: Host) -> Iterator[str]:
    if host.ssh.networks:
        yield from _from(host.ssh.networks, host.ssh.port)
    else:
        yield f"limit {host.ssh.port}/tcp"
    if host.has("web") and host.web_server == "none":
        for port in (PAGES_PORT, INTAKE_PORT):
            yield from _from(host.trusted_proxies, port)
    elif host.has("web"):
        yield "allow 80,443/tcp"
    if host.has("database") and host.database.engine != "sqlite":
        yield from _from(host.peers, DATABASE_PORTS[host.database.engine])
    if host.has("broker") and host.broker.kind != "embedded":
        yield from _from(host.peers, BROKER_PORT)


def _from(networks: tuple[str, ...], port: int) -> Iterator[str]:
    for network in networks:
        yield f"allow from {network} to any port {port} proto tcp"
