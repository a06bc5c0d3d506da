"""Root sees the system, and the owner of the home asks its database: each looks at its part."""

from __future__ import annotations

import json
import pwd
import subprocess
import sys
from collections.abc import Callable, Mapping
from threading import Thread

from signalcast.core.env import process_environment
from signalcast.deploy.doctor.examine import Found, examine
from signalcast.deploy.doctor.finding import Check, Finding, State, unknown
from signalcast.deploy.doctor.scene import Scene, is_root, program

#: Seconds until the part of the owner is given up, beyond what its checks may take.
MARGIN = 20.0


def examine_as_owner(
    checks: Mapping[str, Check],
    scene: Scene,
    description: str,
    tell: Callable[[list[str]], None] = lambda waited_for: None,
) -> Found:
    """As `examine`, with what is not for root looked at by a process of the home's owner.

    DESCRIPTION is the text of the host description, empty without one: the owner need not be able
    to read its file.
    """
    owner = _other_owner(scene)
    if owner is None:
        return examine(checks, scene, tell)
    own = {name: check for name, check in checks.items() if not check.for_root}
    theirs: Found = {}
    asked = Thread(target=lambda: theirs.update(_ask(owner, own, description)))
    asked.start()
    found = examine({name: checks[name] for name in checks if name not in own}, scene, tell)
    asked.join()
    found |= theirs
    return {name: found[name] for name in checks}


def _other_owner(scene: Scene) -> str | None:
    """The name of the home's owner, where this is root and that is somebody else."""
    if not (is_root() and scene.runs and scene.home.is_dir()):
        return None
    try:
        owner = pwd.getpwuid(scene.home.stat().st_uid)
    except KeyError:
        return None
    return owner.pw_name if owner.pw_uid and program("runuser") else None


def _ask(owner: str, checks: Mapping[str, Check], description: str) -> Found:
    if not checks:
        return {}
    words = ["doctor", "--json", *(word for name in checks for word in ("--only", name))]
    if description:
        words += ["--host", "-"]
    command = [str(program("runuser")), "-u", owner, "--", sys.executable, "-m", "signalcast.cli"]
    try:
        done = subprocess.run(
            [*command, *words], input=description, capture_output=True, text=True, check=False,
            timeout=max(check.within for check in checks.values()) + MARGIN, cwd="/",
            env=process_environment(),
        )  # fmt: skip
        told = json.loads(done.stdout)["checks"]
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired):
        silent = unknown(f"{owner} cannot look at it.", f"sudo -u {owner} signalcast doctor")
        return {name: [silent] for name in checks}
    return {
        name: [Finding(State(one.pop("state")), **one) for one in told[name]["findings"]]
        for name in checks
    }
