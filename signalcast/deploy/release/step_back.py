"""Do what takes a processor or a disk seconds behind what serves."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar, cast

from signalcast.deploy.release.problems import Refused

Given = ParamSpec("Given")
Made = TypeVar("Made")

#: What is set up here already is there, and no second Python starts.
FORK = get_context("fork")
#: What serves goes first: within a session by `nice`, between sessions by what the kernel's
#: automatic groups are given, where it has them.
LAST = 15
AUTOGROUP = Path("/proc/self/autogroup")
#: The same for a program.
NICE = (
    "sh",
    "-c",
    f'echo {LAST} 2>&- >"/proc/$$/autogroup"; exec nice -n {LAST} "$@"',
    "sh",
)


class Failed(NamedTuple):
    """How a step ended that raised."""

    error: Exception


def behind(step: Callable[Given, Made], *given: Given.args, **named: Given.kwargs) -> Made:
    """What STEP returns, from a process of its own with the lowest priority.

    Raises what it raises, and Refused when it was killed. What it changes is lost but for files.
    """
    made, told = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_step_back, args=(told, lambda: step(*given, **named)))
    process.start()
    told.close()
    try:
        outcome = made.recv()
    except EOFError:
        raise Refused("A step was killed, by lack of memory perhaps. Run this again.") from None
    finally:
        # In another session, it hears of no Ctrl-C at the terminal.
        process.kill()
        process.join()
    if isinstance(outcome, Failed):
        raise outcome.error
    return cast(Made, outcome)


def _step_back(told: Connection, step: Callable[[], object]) -> None:
    # The kernel gives each session a group of its own.
    os.setsid()
    with suppress(OSError):
        AUTOGROUP.write_text(str(LAST))
    os.nice(LAST)
    # Whoever asked raises what goes wrong.
    try:
        told.send(step())
    except Exception as error:
        told.send(Failed(error))
