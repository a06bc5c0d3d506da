"""Mend what is safe to mend, as the user whose files it is about."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping

from signalcast.deploy.doctor.examine import Found, said
from signalcast.deploy.doctor.finding import Check, problem
from signalcast.deploy.doctor.scene import Scene


class NotTheOwner(Exception):
    """What would be made would belong to the wrong user; the text says who has to do it."""


def mend(checks: Mapping[str, Check], scene: Scene) -> tuple[list[str], Found]:
    """Run what CHECKS mend. Returns a sentence for all that was done, and what could not be.

    Raises NotTheOwner before anything is done.
    """
    _refuse_others(scene)
    did: list[str] = []
    failed: Found = {}
    for name, check in checks.items():
        if check.fix is None:
            continue
        try:
            did.extend(check.fix(scene))
        except Exception as error:  # the others go on, and this one is told with what was found
            failed[name] = [
                problem(
                    f"It could not be mended: {type(error).__name__}: {said(error)}",
                    "What was wrong before --fix still is.",
                    f"signalcast doctor --only {name}",
                )
            ]
    return did, failed


def _refuse_others(scene: Scene) -> None:
    try:
        if scene.home.is_dir():
            owner = pwd.getpwuid(scene.home.stat().st_uid)
        elif scene.host:
            owner = pwd.getpwnam(scene.host.user)
        else:
            return
    except KeyError:
        whose = scene.host.user if scene.host else "the home's owner"
        raise NotTheOwner(f"This machine knows no user for --fix ({whose}). Make it first.") from (
            None
        )
    if owner.pw_uid != os.geteuid():
        words = f"--fix makes files that have to be {owner.pw_name}'s. Run it as that user: "
        raise NotTheOwner(words + f"sudo -u {owner.pw_name} signalcast doctor --fix")
