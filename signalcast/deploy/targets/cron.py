"""What cron does on a machine that has no scheduler process."""

from __future__ import annotations

from signalcast.deploy.host import Host


def files(host: Host) -> dict[str, str]:
    """A look at schedules and at rows that nobody claims, once a minute.

    Any number of machines may do so, beside schedulers or without; only one at a time on each.
    """
    run = f"flock --nonblock {host.home}/run/cron.lock {host.python} -m signalcast.cli"
    return {
        "etc/cron.d/signalcast": f"""\
# Rendered by `signalcast deploy render cron`. Changes here are lost.
SHELL=/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
SIGNALCAST_HOME={host.home}
* * * * * {host.user} {run} scheduler --once >>{host.home}/log/cron.log 2>&1
"""
    }
