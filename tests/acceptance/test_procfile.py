"""The rendered Procfile runs the whole product, as platforms that take one start it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from signalcast.deploy.read import read
from signalcast.deploy.render import render
from tests.acceptance.database import Database
from tests.acceptance.installation import installation
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers

PLATFORM = Path(__file__).parents[2] / "deploy" / "hosts" / "platform.yaml"
PEOPLE = ["admin", "ben"]

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]


def test_a_signal_reaches_subscribers_of_what_a_procfile_starts(
    directory: Path, targets: Receivers
) -> None:
    procfile = directory / "Procfile"
    procfile.write_text(render("railway", read(PLATFORM.read_text()))["Procfile"])
    with installation(directory, Database()) as made:
        made.prepare(document(targets, PEOPLE))
        made.start("valkey")
        programs = Path(sys.executable).parent
        variables = {
            **made.environment,
            "PATH": f"{programs}:{made.environment['PATH']}",
            "PORT": str(made.port),
        }
        with (directory / "honcho.log").open("wb") as log:
            honcho = subprocess.Popen(
                [programs / "honcho", "--procfile", procfile, "start"],
                env=variables,
                stdout=log,
                stderr=log,
                cwd=directory,
            )
        made.processes.append(honcho)
        made.wait_ready()
        played = Played(made, targets, PEOPLE)
        played.reach_the_stranger()
        played.poster.post_all([f"signal-{number}" for number in range(5)], at_once=1)

        played.wait_until_delivered(within=45)
        played.nobody_else_got_anything()
