"""Whether the machine is what the product needs: size, system, swap, descriptors, clock."""

from __future__ import annotations

import os
import re
import resource
from collections.abc import Iterator
from pathlib import Path

from signalcast.deploy.doctor.finding import (
    Check,
    Finding,
    note,
    ok,
    problem,
    skipped,
    unknown,
    warning,
)
from signalcast.deploy.doctor.scene import Scene, ask

#: What is measured, its unit, the minimum and what is recommended (docs/operate/ready.md).
SIZES = (("cores", "", 2, 4), ("memory", " GB", 4, 8), ("disk", " GB", 20, 50))
#: A machine that is sold as 4 GB shows a little less, since its kernel keeps some.
TOLERANCE = 0.9
#: Systems that the product is tested on, as /etc/os-release names them.
TESTED = {"debian-12": "Debian 12", "ubuntu-24.04": "Ubuntu 24.04"}
#: GB of memory from which swap is no longer needed to survive a peak.
ROOMY = 8
#: Open files and connections of one process: each subscriber's stream is one.
DESCRIPTORS = 4_096


def _specification(scene: Scene) -> Iterator[Finding]:
    measured = {"cores": float(os.cpu_count() or 1), "memory": _memory(scene), "disk": _disk(scene)}
    for name, unit, least, enough in SIZES:
        found = measured[name]
        if found is None:
            yield unknown(f"The system does not say how much {name} there is.")
            continue
        told = f"{name}: {found:.0f}{unit}"
        if found < least * TOLERANCE:
            yield problem(
                f"{told}, less than the minimum of {least}{unit}",
                "Under load, processes are ended by the kernel or wait for each other.",
                f"Give the machine at least {least}{unit}: docs/operate/ready.md",
            )
        elif found < enough * TOLERANCE:
            yield note(f"{told}; {enough}{unit} are recommended")
        else:
            yield ok(told)


def _memory(scene: Scene) -> float | None:
    """GB."""
    found = re.search(r"^MemTotal:\s+(\d+) kB", scene.text("/proc/meminfo") or "", re.MULTILINE)
    return int(found[1]) * 1_024 / 1e9 if found else None


def _disk(scene: Scene) -> float | None:
    """GB of the file system that the installation is on, or will be."""
    place = scene.base
    while not place.exists():
        place = place.parent
    there = os.statvfs(place)
    return there.f_blocks * there.f_frsize / 1e9


def _system(scene: Scene) -> Iterator[Finding]:
    text = scene.text("/etc/os-release")
    if text is None:
        yield unknown("/etc/os-release does not say what system this is.")
        return
    told = dict(re.findall(r'^(\w+)="?([^"\n]*)', text, re.MULTILINE))
    name = f"{told.get('ID', '')}-{told.get('VERSION_ID', '')}"
    shown = told.get("PRETTY_NAME", name)
    if scene.host and scene.host.system != name:
        yield warning(
            f"This is {shown}; the description says {scene.host.system}",
            "Packages and paths differ, so that what is rendered may not fit.",
            f"Set `system` of the host description to {name}, or move to {scene.host.system}",
        )
    elif name in TESTED:
        yield ok(shown)
    else:
        yield note(f"{shown} is not tested; {' and '.join(TESTED.values())} are")


def _swap(scene: Scene) -> Iterator[Finding]:
    text, memory = scene.text("/proc/swaps"), _memory(scene)
    if text is None or memory is None:
        yield unknown("The system does not say whether it has swap.")
    elif len(text.splitlines()) > 1:
        yield ok("There is swap.")
    elif memory >= ROOMY * TOLERANCE:
        yield ok(f"No swap; {memory:.0f} GB of memory do without.")
    else:
        yield warning(
            f"No swap, with {memory:.0f} GB of memory",
            "At a peak the kernel ends the largest process, which may be the database.",
            "fallocate -l 2G /swapfile && chmod 600 /swapfile && mkswap /swapfile && "
            "swapon /swapfile && echo '/swapfile none swap sw 0 0' >> /etc/fstab",
        )


def _descriptors(scene: Scene) -> Iterator[Finding]:
    allowed, whose = _allowed(scene.home)
    if allowed >= DESCRIPTORS:
        yield ok(f"{whose} may open {allowed} files and connections.")
        return
    yield warning(
        f"{whose} may open {allowed} files and connections only",
        "Each live stream and each message in flight is one; past the limit they are refused.",
        "systemctl edit signalcast   # [Service] LimitNOFILE=65536",
    )


def _allowed(home: Path) -> tuple[int, str]:
    """The limit of the process manager, which all processes inherit, or else our own."""
    try:
        pid = int((home / "run" / "supervisord.pid").read_text())
        limits = Path(f"/proc/{pid}/limits").read_text()
        found = re.search(r"^Max open files\s+(\d+)", limits, re.MULTILINE)
        if found:
            return int(found[1]), "A process of the installation"
    except (OSError, ValueError):
        pass
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return (1 << 30 if soft == resource.RLIM_INFINITY else soft), "A process started here"


def _clock(_scene: Scene) -> Iterator[Finding]:
    answer = ask(["timedatectl", "show", "--property=NTPSynchronized", "--value"])
    if answer is None or answer.code:
        yield unknown("No timedatectl answers, so nobody says whether the clock is synchronised.")
    elif answer.output == "yes":
        yield ok("The clock is synchronised.")
    else:
        yield warning(
            "The clock is not synchronised",
            "Signatures with a time in them are refused, and logs of two hosts do not fit.",
            "apt-get install systemd-timesyncd && timedatectl set-ntp true",
        )


def _apparmor(scene: Scene) -> Iterator[Finding]:
    told = scene.text("/sys/module/apparmor/parameters/enabled")
    if told and told.strip() == "Y":
        yield ok("AppArmor is on.")
    elif told is None and not scene.runs:
        yield skipped("Whether AppArmor is on is seen on a system that runs.")
    else:
        yield warning(
            "AppArmor is off",
            "It keeps a service that was broken into away from everything that is not its own.",
            "apt-get install apparmor && systemctl enable --now apparmor",
        )


CHECKS = {
    "specification": Check("machine", "Cores, memory and disk, against what is needed.",
                           _specification),
    "system": Check("machine", "The operating system is one that is tested.", _system),
    "swap": Check("machine", "There is swap, or memory enough to do without.", _swap),
    "descriptors": Check("machine", "How many files and connections a process may open.",
                         _descriptors),
    "clock": Check("machine", "The clock is synchronised.", _clock, of_running_system=True),
    "apparmor": Check("security", "AppArmor is on.", _apparmor),
}  # fmt: skip
