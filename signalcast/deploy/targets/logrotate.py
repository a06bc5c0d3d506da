"""Logs of our processes, turned over by the system. Text in, text out.

The web servers' packages bring a file of their own for what they log.
"""

from __future__ import annotations

from signalcast.deploy.host import Host
from signalcast.deploy.text import Text

_FILE = Text("""\
# Rendered by `signalcast deploy render logrotate` for the host @@{name}. Changes here are lost.
@@{home}/log/*.log {
    su @@{user} @@{user}
    daily
    rotate 14
    missingok
    notifempty
    compress
    # Who writes goes on with the old file until it knows, so that one is left alone for a day.
    delaycompress
    # `signalcast logs` looks for numbers.
    nodateext
    create 0640 @@{user} @@{user}@@{after}
}
""")

_SUPERVISOR = Text("""
    sharedscripts
    postrotate
        # The process manager writes for its processes: it opens all files anew.
        [ ! -s @@{pid} ] || kill -USR2 "$(cat @@{pid})"
    endscript""")


def files(host: Host) -> dict[str, str]:
    """The file that the package's daily run reads.

    Under systemd processes write their files themselves, and see for themselves that one was
    moved (signalcast/core/log_output.py).
    """
    after = ""
    if host.manager == "supervisor":
        after = _SUPERVISOR.substitute(pid=f"{host.home}/run/supervisord.pid")
    text = _FILE.substitute(name=host.name, home=host.home, user=host.user, after=after)
    return {"etc/logrotate.d/signalcast": text}
