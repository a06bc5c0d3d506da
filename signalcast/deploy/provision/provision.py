"""Make machines what their descriptions say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from signalcast.deploy.host import WrongHost
from signalcast.deploy.provision.archive import pack
from signalcast.deploy.provision.inventory import Described
from signalcast.deploy.provision.plan import plan
from signalcast.deploy.provision.problems import Refused
from signalcast.deploy.provision.secrets import Secrets, fresh, read_secrets, write_secrets
from signalcast.deploy.provision.step import Step
from signalcast.deploy.release.unpack import name_of

Say = Callable[[str], object]


def provision(
    machines: Sequence[Described],
    secrets: Path | None,
    source: Path,
    *,
    dry: bool,
    say: Say,
    doing: Say,
) -> bool:
    """One after the other, so that only one migrates a database. Returns whether any changed.

    SOURCE is what the first release is made of, SECRETS a file that is made where there is none.
    DRY only tells; SAY gets lines, DOING what is under way. Raises WrongHost, or problems.Refused,
    before anything is changed, and problems.Stopped when a step fails.
    """
    try:
        from signalcast.deploy.provision.apply import apply
    except ModuleNotFoundError as missing:
        raise Refused(
            f"{missing.name} is not installed here: run `make set-up-provision`."
        ) from None
    name = name_of(source)
    known = _secrets(secrets, dry=dry, say=say)
    plans = [_plan(one, known, name) for one in machines]
    changed = False
    with TemporaryDirectory() as directory:

        @cache
        def archive() -> Path:
            packed = Path(directory) / f"{name}.tar.gz"
            pack(source, packed)
            return packed

        for one, steps in zip(machines, plans, strict=True):
            tell = partial(_tell, say, one.host.name)
            networks = one.host.ssh.networks
            done = apply(
                one.at, steps, archive, networks=networks, dry=dry, say=tell,
                doing=partial(_tell, doing, one.host.name),
            )  # fmt: skip
            changed = changed or bool(done.changed)
            for sentence in done.open:
                tell(sentence)
            tell(_sum(len(done.changed), done.steps, dry=dry))
    return changed


def _tell(say: Say, name: str, text: str) -> None:
    say(f"{name}: {text}")


def _sum(changed: int, steps: int, *, dry: bool) -> str:
    if not changed:
        return f"nothing to change, all {steps} steps are as described."
    if dry:
        return f"{changed} of {steps} steps would change something. Nothing was changed."
    return f"{changed} of {steps} steps changed something."


def _plan(one: Described, known: Secrets | None, name: str) -> tuple[Step, ...]:
    try:
        return plan(one.host, known, name)
    except WrongHost as wrong:
        raise WrongHost(f"{one.host.name}: {wrong}") from None


def _secrets(path: Path | None, *, dry: bool, say: Say) -> Secrets | None:
    """Those of the file. They are on the disk before any machine hears of them."""
    if path is None:
        return None
    try:
        return read_secrets(path)
    except FileNotFoundError:
        made = fresh()
        if dry:
            say(f"{path} would be made, with new passwords and keys.")
        else:
            write_secrets(path, made)
            say(f"{path} is made, with new passwords and keys. Keep it.")
        return made
