"""An image of this tree, and all that runs beside it: containers by compose.yaml."""

from __future__ import annotations

from typing import Any

import yaml

from signalcast.core.env import MANAGED, variable
from signalcast.deploy.containers import front
from signalcast.deploy.containers.image import DOCKERFILE, IGNORED
from signalcast.deploy.environment import (
    INTAKE_PORT,
    PAGES_PORT,
    settings,
    variables,
)
from signalcast.deploy.host import Host
from signalcast.deploy.sizes import BROKER, MIB
from signalcast.deploy.targets.postgresql import server_settings
from signalcast.pipeline import Process, table

HEAD = "# Rendered by `signalcast deploy render docker`. Changes here are lost.\n"
#: Settings that are given as files, and what each container of ours reads.
SECRETS = ("database_url", "secret_key", "encryption_keys")
#: The image's user, and those of the images of PostgreSQL and Valkey.
USER, POSTGRES, VALKEY = 10_001, 999, 999


class _Dumper(yaml.SafeDumper):
    """Names the part that all containers of ours share."""

    def generate_anchor(self, node: yaml.Node) -> str:
        return "signalcast"


def files(host: Host) -> dict[str, str]:
    """Files for the top of the checkout: the image is built from there."""
    composed = yaml.dump(_compose(host), Dumper=_Dumper, sort_keys=False, width=100)
    return {
        "Dockerfile": HEAD + DOCKERFILE,
        ".dockerignore": HEAD + IGNORED,
        "compose.yaml": HEAD + composed.replace("'<<':", "<<:"),
        **{f"containers/front/{path}": text for path, text in front.files(host).items()},
        "containers/postgresql.conf": server_settings(host),
    }


def _compose(host: Host) -> dict[str, Any]:
    found = [one for one in table(settings(host), host.machine.cores) if one.name != "valkey"]
    shared = _ours(host)
    ours = {one.name: {"<<": shared, **_service(one)} for one in found}
    return {
        "name": "signalcast",
        "x-signalcast": shared,
        "services": {
            "database": _database(host),
            "valkey": _valkey(),
            "migrate": {"<<": shared, **_migrate()},
            **ours,
            "front": _front(),
        },
        # Only what speaks to the world has a way out.
        "networks": {"inside": {"internal": True}, "outside": {}},
        "volumes": {"database": {}, "valkey": {}},
        "secrets": {name: {"file": f"./secrets/{name}"} for name in (*SECRETS, "database_password")}
        | {
            "certificate": {"file": host.tls.certificate},
            "certificate_key": {"file": host.tls.key},
        },
    }


def _ours(host: Host) -> dict[str, Any]:
    """What all containers of our image have in common."""
    told = variables(host)
    for name in ("database_url", "redis_url"):
        told.pop(variable(name))
    told |= {variable("redis_url"): "redis://valkey:6379/0", MANAGED: "containers"}
    told |= {f"{variable(name)}_FILE": f"/run/secrets/{name}" for name in SECRETS}
    return {
        "image": "signalcast",
        "build": {"context": ".", "target": "signalcast"},
        "environment": told,
        "secrets": list(SECRETS),
        "tmpfs": [
            f"{host.home}/run:mode=0700,uid={USER},gid={USER}",
            "/tmp:mode=1777",  # noqa: S108 - the container's own
        ],
        "networks": ["inside", "outside"],
        "init": True,
        **_confined(),
    }


def _confined() -> dict[str, Any]:
    """What no container may do, whoever it is."""
    return {
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "restart": "unless-stopped",
    }


def _service(process: Process) -> dict[str, Any]:
    found: dict[str, Any] = {
        "command": process.command.split(),
        "stop_grace_period": f"{process.stop_within}s",
        "healthcheck": _healthy(process),
        "depends_on": {
            "migrate": {"condition": "service_completed_successfully"},
            "valkey": {"condition": "service_healthy"},
        },
    }
    if process.count > 1:
        found["deploy"] = {"replicas": process.count}
    return found


def _healthy(process: Process) -> dict[str, Any]:
    """How a web server is asked. Who serves nobody ends itself when it hangs."""
    port = {"intake": INTAKE_PORT, "web": PAGES_PORT}.get(process.name)
    if port is None:
        return {"disable": True}
    ask = {
        "intake": f"urllib.request.urlopen('http://127.0.0.1:{port}/readyz', timeout=3)",
        "web": f"socket.create_connection(('127.0.0.1', {port}), 3)",
    }[process.name]
    return {
        "test": ["CMD", "python", "-I", "-c", f"import socket, urllib.request; {ask}"],
        "interval": "10s",
        "timeout": "5s",
        "start_period": "60s",
    }


def _migrate() -> dict[str, Any]:
    """Runs once before the others, each time that all are started."""
    return {
        "command": ["migrate", "--verbosity", "0"],
        "restart": "no",
        "healthcheck": {"disable": True},
        "depends_on": {"database": {"condition": "service_healthy"}},
    }


def _database(host: Host) -> dict[str, Any]:
    user, name = host.database.user, host.database.name
    return {
        "image": "postgres:17-bookworm",
        "user": f"{POSTGRES}:{POSTGRES}",
        "command": ["postgres", "-c", "config_file=/etc/postgresql/postgresql.conf"],
        "environment": {
            "POSTGRES_USER": user,
            "POSTGRES_DB": name,
            "POSTGRES_PASSWORD_FILE": "/run/secrets/database_password",
        },
        "secrets": ["database_password"],
        "volumes": [
            "database:/var/lib/postgresql/data",
            "./containers/postgresql.conf:/etc/postgresql/postgresql.conf:ro",
        ],
        "tmpfs": [f"/var/run/postgresql:uid={POSTGRES},gid={POSTGRES}", "/tmp"],  # noqa: S108
        "shm_size": "256mb",
        "networks": ["inside"],
        "stop_grace_period": "60s",
        "healthcheck": {
            "test": ["CMD", "pg_isready", "-U", user, "-d", name],
            "interval": "5s",
            "timeout": "5s",
            "start_period": "60s",
        },
        **_confined(),
    }


def _valkey() -> dict[str, Any]:
    told = {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": f"{BROKER // MIB}mb",
        "maxmemory-policy": "noeviction",
        # Its network has no other way in.
        "protected-mode": "no",
    }
    return {
        "image": "valkey/valkey:8-bookworm",
        "user": f"{VALKEY}:{VALKEY}",
        "command": [
            "valkey-server",
            *(word for name, value in told.items() for word in (f"--{name}", value)),
        ],
        "volumes": ["valkey:/data"],
        "networks": ["inside"],
        "stop_grace_period": "30s",
        "healthcheck": {
            "test": ["CMD", "valkey-cli", "ping"],
            "interval": "5s",
            "timeout": "5s",
        },
        **_confined(),
    }


def _front() -> dict[str, Any]:
    return {
        "image": "signalcast-front",
        "build": {"context": ".", "target": "front"},
        "ports": ["80:8080", "443:8443"],
        "secrets": ["certificate", "certificate_key"],
        "tmpfs": ["/tmp:mode=1777"],  # noqa: S108 - the container's own
        "networks": ["inside", "outside"],
        "stop_grace_period": f"{front.STOP_WITHIN}s",
        "healthcheck": {
            "test": ["CMD", "curl", "--fail", "--silent", front.HEALTH],
            "interval": "10s",
            "timeout": "5s",
        },
        "depends_on": {
            "intake": {"condition": "service_healthy"},
            "web": {"condition": "service_healthy"},
        },
        **_confined(),
    }
