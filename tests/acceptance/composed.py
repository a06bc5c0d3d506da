"""The services of a compose.yaml, run by podman on a machine within this one.

Debian's engines know no compose file of today, so it is read here. What this reader does not know
fails, so that nothing in the file goes untried.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.acceptance.images import IMAGES, Images
from tests.machine import Machine
from tests.waiting import wait_for

#: Seconds until a service has to be as those that depend on it want it.
PATIENCE = 90.0
_FLAGS = {"read_only": "--read-only", "init": "--init"}
_VALUES = {"user": "--user", "shm_size": "--shm-size", "restart": "--restart"}
_LISTS = {"cap_drop": "--cap-drop", "security_opt": "--security-opt", "ports": "--publish"}
#: What is no business of one container's start.
_ELSEWHERE = {"image", "build", "command", "depends_on", "deploy"}


class Composed:
    """A project: its networks, volumes, and containers."""

    def __init__(self, made: Machine, images: Images, directory: Path) -> None:
        self.machine = made
        self.directory = directory
        self._images = images
        self.file: dict[str, Any] = yaml.safe_load((directory / "compose.yaml").read_text())
        self.services: dict[str, dict[str, Any]] = self.file["services"]
        #: Containers by their service, in the order of their start.
        self.started: dict[str, list[str]] = {}
        # What an engine expects of its machine, and where it keeps locks.
        made.run("mount", "-t", "tmpfs", "own", "/dev/shm")  # noqa: S108 - the machine's own
        if not made.path("/sys/fs/cgroup/cgroup.controllers").exists():
            made.run("mount", "-t", "tmpfs", "own", "/sys/fs/cgroup")
            made.run("mount", "-t", "cgroup2", "own", "/sys/fs/cgroup")
        for number, (name, told) in enumerate(self.file["networks"].items()):
            assert told.keys() <= {"internal"}, told
            inside = ["--internal"] if told.get("internal") else []
            # Where Docker takes its networks from.
            subnet = f"172.{20 + number}.0.0/16"
            self.podman("network", "create", *inside, "--subnet", subnet, self._own(name))

    def podman(self, *words: str, expect: int | None = 0) -> str:
        """Run podman, and return what it printed."""
        return self.machine.run(*self._images.podman(*words), expect=expect)

    def up(self) -> None:
        """Start all services, each once those it depends on are as it wants them."""
        for name in self.services:
            self.start(name)

    def start(self, name: str) -> None:
        """Start a service and those before it, unless it is."""
        service = self.services[name]
        for other, told in service.get("depends_on", {}).items():
            self.start(other)
            self._wait(other, told["condition"])
        if name not in self.started:
            count = service.get("deploy", {}).get("replicas", 1)
            self.started[name] = [f"{self._own(name)}_{number}" for number in range(count)]
            self._start(name)

    def run(self, name: str, *words: str, volume: str = "") -> str:
        """Run a command once in a container of that service, as `docker compose run --rm` does."""
        more = [f"--volume={volume}"] if volume else []
        options = [one for one in self._options(name) if not one.startswith("--restart")]
        return self.podman("run", "--rm", *more, *options, *words)

    def start_anew(self, name: str) -> None:
        """Another container in place of each of a service's, as after a new release."""
        self.podman("rm", "--force", "--ignore", *self.started[name])
        self._start(name)

    def stop(self) -> dict[str, int]:
        """Stop all, those that depend on others before them. The exit code of each container."""
        codes = {}
        for name in reversed(self.started):
            self.podman("stop", *self.started[name])  # each within the time it was started with
            for container in self.started[name]:
                asked = self.podman("inspect", "--format", "{{.State.ExitCode}}", container)
                codes[container] = int(asked.split()[0])
        return codes

    def inside(self, name: str, *words: str, expect: int | None = 0) -> str:
        """Run a command in a service's first container."""
        return self.podman("exec", self.started[name][0], *words, expect=expect)

    def healthy(self, name: str) -> bool:
        """Whether a service's health check says so: without systemd podman asks nothing itself."""
        asked = self._images.podman("healthcheck", "run", self.started[name][0])
        told = self.machine.run("sh", "-c", f"{shlex.join(asked)} && echo well", expect=None)
        return told.endswith("well\n")

    def logs(self) -> str:
        """The newest lines of every container."""
        return "\n".join(
            f"--- {container}\n{self.podman('logs', '--tail', '15', container, expect=None)}"
            for containers in self.started.values()
            for container in containers
        )

    def _start(self, name: str) -> None:
        for container in self.started[name]:
            words = [*self._options(name), *self.services[name].get("command", ())]
            self.podman("run", "--detach", "--name", container, *words)
            self._keep_addresses()

    def _keep_addresses(self) -> None:
        """A bridge's hardware address is that of some container until it is set: with that one
        gone, the others would not reach its name server and those outside for a minute.
        """
        told = self.machine.run("ip", "-o", "link", "show", "type", "bridge")
        for bridge, address in re.findall(r"^\d+: ([^:@]+).*link/ether (\S+)", told, re.MULTILINE):
            self.machine.run("ip", "link", "set", "dev", bridge, "address", address)

    def _own(self, name: str) -> str:
        return f"{self.file['name']}_{name}"

    def _wait(self, name: str, condition: str) -> None:
        if condition == "service_healthy":
            wait_for(lambda: self.healthy(name), within=PATIENCE, every=0.5, message=name)
        elif condition == "service_completed_successfully":
            [container] = self.started[name]
            assert self.podman("wait", container).strip() == "0", self.logs()
        else:
            raise AssertionError(condition)

    def _options(self, name: str) -> Iterator[str]:
        service = self.services[name]
        for key, value in service.items():
            if key not in _ELSEWHERE:
                yield from self._option(name, key, value)
        # Nobody should ask a name server in vain for longer than he may take to stop.
        yield from ("--dns-opt=timeout:1", "--dns-opt=attempts:2")
        # The rest of a root that is read-only is so in Docker.
        yield "--read-only-tmpfs=false"
        yield IMAGES[service["image"]]

    def _option(self, name: str, key: str, value: Any) -> Iterator[str]:
        if key in _FLAGS:
            yield f"{_FLAGS[key]}={str(value).lower()}"
        elif key in _VALUES:
            yield f"{_VALUES[key]}={value}"
        elif key in _LISTS:
            yield from (f"{_LISTS[key]}={one}" for one in value)
        elif key == "environment":
            yield from (f"--env={one}={text}" for one, text in value.items())
        elif key == "secrets":
            for one in value:
                file = self.directory / self.file["secrets"][one]["file"]
                yield f"--volume={file}:/run/secrets/{one}:ro"
        elif key == "volumes":
            yield from (f"--volume={self._source(one)}" for one in value)
        elif key == "networks":
            yield from (f"--network={self._own(one)}:alias={name}" for one in value)
        elif key == "stop_grace_period":
            yield f"--stop-timeout={value.removesuffix('s')}"
        elif key == "tmpfs":
            yield from (f"--tmpfs={_mounted(one)}" for one in value)
        elif key == "healthcheck":
            yield from _health(value)
        else:
            raise AssertionError(f"{name} has {key}, which is not known here")

    def _source(self, volume: str) -> str:
        source, _colon, place = volume.partition(":")
        if source.startswith("."):
            return f"{(self.directory / source).resolve()}:{place}"
        assert source in self.file["volumes"], volume
        return f"{self._own(source)}:{place}"


def _mounted(tmpfs: str) -> str:
    """The owner is who runs there: podman of Debian 12 knows no `uid=` and no `gid=`."""
    path, _colon, told = tmpfs.partition(":")
    options = [one for one in told.split(",") if one and not one.startswith(("uid=", "gid="))]
    if "uid=" in told:
        options.append("U")
    return f"{path}:{','.join(options)}".removesuffix(":")


def _health(told: dict[str, Any]) -> Iterator[str]:
    if told.get("disable"):
        yield "--no-healthcheck"
        return
    assert told.keys() <= {"test", "interval", "timeout", "start_period"}, told
    kind, *words = told["test"]
    assert kind == "CMD"
    yield f"--health-cmd={shlex.join(words)}"
    # podman would leave the asking to systemd.
    yield "--health-interval=disable"
    yield f"--health-timeout={told['timeout']}"
