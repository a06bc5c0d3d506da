"""Make a machine what its steps say, or tell what would change."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path

from pyinfra.api.config import Config
from pyinfra.api.connect import disconnect_all
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host as Machine
from pyinfra.api.inventory import Inventory
from pyinfra.api.operations import run_host_op
from pyinfra.api.state import State, StateStage
from pyinfra.context import ctx_config, ctx_host, ctx_state

from signalcast.deploy.provision.operations import OPERATIONS, Answer, Content, Passes
from signalcast.deploy.provision.place import Place
from signalcast.deploy.provision.problems import Refused, Stopped
from signalcast.deploy.provision.step import Ensure, File, Need, Packages, Settings, Step, Upload

Say = Callable[[str], object]
#: The last lines of a command that failed, for the person who reads why.
LINES_TOLD = 12


@dataclass(slots=True)
class Outcome:
    """What was done, or would be."""

    steps: int
    changed: list[str] = field(default_factory=list)
    #: What could not be made so yet, in sentences.
    open: list[str] = field(default_factory=list)


def apply(
    at: Place,
    steps: Sequence[Step],
    archive: Callable[[], Path],
    *,
    networks: Sequence[str],
    dry: bool,
    say: Say,
    doing: Say,
) -> Outcome:
    """Make it so. ARCHIVE makes what an Upload brings, NETWORKS are those that SSH is open to, and
    DRY only tells. DOING hears of each step before it is looked at.

    Raises Refused before anything was changed, and Stopped when a step failed.
    """
    # Its lines are for those who write operations; ours say the same in words.
    logging.getLogger("pyinfra").addHandler(logging.NullHandler())
    logging.getLogger("pyinfra").propagate = False
    config = Config(FAIL_PERCENT=0, SUDO=at.sudo)  # type: ignore[no-untyped-call]
    listed = Inventory(([(at.name, dict(at.data))], {}))  # type: ignore[no-untyped-call]
    state = State(listed, config, check_for_changes=False)
    [machine] = list(state.inventory)
    with ctx_state.use(state), ctx_config.use(config), ctx_host.use(machine):
        _connect(state, machine, at)
        try:
            state.set_stage(StateStage.Prepare)
            _comes_from(machine, networks)
            _look(machine, steps)
            todo = [step for step in steps if not isinstance(step, Need)]
            one = _would if dry else _do
            if not dry:
                state.set_stage(StateStage.Execute)
            outcome = Outcome(len(todo))
            for number, step in enumerate(todo, start=1):
                doing(f"[{number}/{len(todo)}] {step.title}")
                name = _add(state, machine, step, archive)
                one(state, machine, step, name, outcome, say)
                outcome.open += _still_open(machine, step)
            return outcome
        except EOFError:
            raise Refused(
                "sudo asks for a password there, and nobody is here to type it: run this at a "
                "terminal, or by an account that needs none."
            ) from None
        except PyinfraError as error:
            raise Stopped(f"The machine does not answer as it should: {error}") from error
        finally:
            disconnect_all(state)


def _connect(state: State, machine: Machine, at: Place) -> None:
    state.set_stage(StateStage.Connect)
    if "ssh_user" in at.data:
        # Where it keeps whose key a server has shown.
        (Path.home() / ".ssh").mkdir(mode=0o700, exist_ok=True)
    try:
        machine.connect(show_errors=False, raise_exceptions=True)
    except PyinfraError as error:
        raise Refused(
            f"{at.name.removeprefix('@')} cannot be reached: {error}. Nothing was changed."
        ) from error
    state.activate_host(machine)


def _comes_from(machine: Machine, networks: Sequence[str]) -> None:
    """Whoever sits elsewhere would shut the door on themselves. Raises Refused."""
    told = machine.get_fact(Answer, command="echo ${SSH_CONNECTION%% *}", _sudo=False).strip()
    if told and networks and not any(ip_address(told) in ip_network(one) for one in networks):
        raise Refused(
            f"You come from {told}, which is in none of `ssh.networks`: the firewall would not "
            "let you in again. Add it, or come from one of them. Nothing was changed."
        )


def _look(machine: Machine, steps: Sequence[Step]) -> None:
    refused = [
        step.refusal
        for step in steps
        if isinstance(step, Need) and not machine.get_fact(Passes, test=step.test)
    ]
    if refused:
        raise Refused("\n".join(refused))


def _add(state: State, machine: Machine, step: Step, archive: Callable[[], Path]) -> str:
    """Have pyinfra know of it. Returns the operation's name."""
    more = [archive] if isinstance(step, Upload) else []
    # A mirror may be away for a moment.
    retries = 2 if isinstance(step, Packages) else 0
    OPERATIONS[type(step)](step, *more, name=step.title, _retries=retries)
    return str(machine.op_hash_order[-1])


def _would(
    state: State, machine: Machine, step: Step, name: str, outcome: Outcome, say: Say
) -> None:
    if state.get_op_data_for_host(machine, name).operation_meta.will_change:
        outcome.changed.append(step.title)
        say(f"would change: {step.title}")
        for line in _difference(machine, step):
            say(f"    {line}")


def _do(state: State, machine: Machine, step: Step, name: str, outcome: Outcome, say: Say) -> None:
    meta = state.get_op_data_for_host(machine, name).operation_meta
    if not run_host_op(state, machine, name):
        said = "\n".join(f"  {line}" for line in meta.stdout_lines[-LINES_TOLD:])
        raise Stopped(f"This failed: {step.title}\n{said}".rstrip())
    if meta.did_change():
        outcome.changed.append(step.title)
        say(f"changed: {step.title}")


def _difference(machine: Machine, step: Step) -> Iterator[str]:
    """The lines that a file would lose and get; of a secret, only whose."""
    if isinstance(step, Settings):
        yield from (f"{step.path}: {name}" for name in step.values)
    elif isinstance(step, File) and step.secret:
        yield f"{step.path}, which is secret"
    elif isinstance(step, File):
        old = machine.get_fact(Content, path=step.path).splitlines()
        named = {"fromfile": step.path, "tofile": step.path, "lineterm": ""}
        yield from difflib.unified_diff(old, step.text.splitlines(), n=1, **named)


def _still_open(machine: Machine, step: Step) -> Iterator[str]:
    if isinstance(step, Ensure) and step.possible and not machine.get_fact(Passes, test=step.test):
        yield step.otherwise
