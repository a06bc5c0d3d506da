"""What the health checks of the running installation already know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from signalcast.core.env import environment
from signalcast.deploy.doctor.checks.manager import by_manager
from signalcast.deploy.doctor.finding import Check, Finding, Group, State
from signalcast.deploy.doctor.scene import Scene
from signalcast.deploy.host import SYSTEM_BROKERS
from signalcast.ops.health.finding import State as Health
from signalcast.ops.health.registry import checks

STATES = {
    Health.SKIPPED: State.SKIPPED,
    Health.OK: State.OK,
    Health.WARNING: State.WARNING,
    Health.FAILED: State.PROBLEM,
    Health.CRASHED: State.UNKNOWN,
}


def mend_of_broker(scene: Scene) -> str:
    """How it is started again: by our process manager where it is embedded."""
    host = scene.host
    embedded = host.broker.kind == "embedded" if host else not environment().redis_url
    if embedded:
        return by_manager(scene, "restart", "valkey")
    service = SYSTEM_BROKERS[host.system].service if host else "valkey-server"
    where = f"   # on {host.broker.address}" if host and host.broker.address else ""
    return f"systemctl restart {service}{where}"


def _all(scene: Scene) -> str:
    systemd = scene.host and scene.host.manager == "systemd"
    return f"systemctl restart signalcast.{'target' if systemd else 'service'}"


#: Of each health check that says something about a host: its group, and what mends it.
SHARED: dict[str, tuple[Group, str | Callable[[Scene], str]]] = {
    "disk": ("machine", "df -h; signalcast doctor --only releases"),
    "memory": ("machine", "ps aux --sort=-rss | head"),
    "certificates": ("network", "certbot renew"),
    "debug": ("security", "sed -i /^SIGNALCAST_DEBUG=/d $SIGNALCAST_HOME/.env"),
    "settings": ("security", "signalcast deploy render settings --host host.yaml"),
    "database": ("services", "systemctl status postgresql mariadb"),
    "broker": ("services", mend_of_broker),
    "email": ("services", "signalcast health email"),
    "telegram": ("services", "signalcast health telegram"),
    "migrations": ("installation", "signalcast migrate"),
    "processes": ("installation", _all),
    "clocks": ("machine", "timedatectl set-ntp true"),
}


def _look(name: str, scene: Scene) -> Iterator[Finding]:
    meaning, mend = str(checks()[name].meaning), SHARED[name][1]
    if callable(mend):
        mend = mend(scene)
    found = checks()[name].run()
    state = STATES[found.state]
    wrong = state in (State.WARNING, State.PROBLEM)
    yield Finding(state, found.words, meaning if wrong else "", mend if wrong else "")


CHECKS = {
    name: Check(
        group=group,
        meaning=str(checks()[name].meaning),
        run=partial(_look, name),
        within=checks()[name].within,
        of_running_system=True,
    )
    for name, (group, _mend) in SHARED.items()
}
