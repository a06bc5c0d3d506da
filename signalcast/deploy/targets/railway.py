"""A platform that starts what a Procfile names: each kind of process a service of its own."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from signalcast.deploy.environment import settings
from signalcast.deploy.host import Host
from signalcast.pipeline import Process, table

HEAD = "# Rendered by `signalcast deploy render railway`. Changes here are lost.\n"
SCHEMA = "https://railway.com/railway.schema.json"
#: Attempts of a service that ends with an error, one after the other.
RETRIES = 10
#: Seconds that a new release has to become ready, and where it says so.
READY_WITHIN = 120
READY = "/readyz"


def files(host: Host) -> dict[str, str]:
    """The Procfile, and a file of Railway for each service; that of the web server is the usual."""
    found = _services(host)
    procfile = "".join(f"{one.name}: {_command(one)}\n" for one in found)
    texts = {"Procfile": HEAD + procfile}
    for one in found:
        name = "railway.json" if one.name == "web" else f"railway.{one.name}.json"
        texts[name] = json.dumps(_service(one), indent=2) + "\n"
    return texts


def _services(host: Host) -> list[Process]:
    """The table without the platform's broker, and with one web server: a service has one port."""
    together = msgspec.structs.replace(settings(host), apart=False)
    return [one for one in table(together, host.machine.cores) if one.name != "valkey"]


def _command(process: Process) -> str:
    listen = " --host 0.0.0.0 --port $PORT" if process.name == "web" else ""
    return f"signalcast {process.command}{listen}"


def _service(process: Process) -> dict[str, Any]:
    deploy: dict[str, Any] = {
        # Without a shell nobody would put the port in.
        "startCommand": f"/bin/sh -c 'exec {_command(process)}'",
        "numReplicas": 1 if process.name in ("web", "telegram") else process.count,
        "restartPolicyType": "ON_FAILURE",
        "restartPolicyMaxRetries": RETRIES,
        "drainingSeconds": process.stop_within,
    }
    if process.name == "web":
        deploy |= {
            "preDeployCommand": ["signalcast migrate"],
            "healthcheckPath": READY,
            "healthcheckTimeout": READY_WITHIN,
        }
    return {
        "$schema": SCHEMA,
        "build": {"builder": "DOCKERFILE", "dockerfilePath": "Dockerfile"},
        "deploy": deploy,
    }
