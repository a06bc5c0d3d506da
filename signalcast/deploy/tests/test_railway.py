"""What a platform is told: each kind of process a service of its own."""

from __future__ import annotations

import json
from pathlib import Path

from signalcast.deploy.host import Host
from signalcast.deploy.read import read
from signalcast.deploy.render import render, targets

HOSTS = Path(__file__).parents[3] / "deploy" / "hosts"


def platform() -> Host:
    return read((HOSTS / "platform.yaml").read_text())


def services() -> dict[str, dict[str, object]]:
    texts = render("railway", platform())
    return {name: json.loads(text)["deploy"] for name, text in texts.items() if name != "Procfile"}


def test_web_worker_sender_and_scheduler_are_services_apart() -> None:
    procfile = render("railway", platform())["Procfile"]
    lines = [line.partition(": ") for line in procfile.splitlines() if not line.startswith("#")]

    assert [name for name, _colon, _command in lines] == ["web", "worker", "sender", "scheduler"]
    assert services().keys() == {
        "railway.json", "railway.worker.json", "railway.sender.json", "railway.scheduler.json"
    }  # fmt: skip
    for name, _colon, command in lines:
        file = "railway.json" if name == "web" else f"railway.{name}.json"
        assert command in str(services()[file]["startCommand"])


def test_a_new_release_is_served_once_it_is_ready_and_what_fails_is_tried_ten_times() -> None:
    assert services()["railway.json"]["healthcheckPath"] == "/readyz"
    for found in services().values():
        assert found["restartPolicyType"] == "ON_FAILURE"
        assert found["restartPolicyMaxRetries"] == 10


def test_only_the_web_server_listens_at_the_port_it_is_given() -> None:
    listening = [name for name, found in services().items() if "$PORT" in str(found)]
    assert listening == ["railway.json"]


def test_nothing_of_the_system_is_rendered_for_a_platform() -> None:
    assert not {"supervisor", "systemd", "settings", "postgresql", "valkey"} & set(
        targets(platform())
    )
