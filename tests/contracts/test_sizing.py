"""What the page about sizes says is what files are sized by, and what was measured."""

from __future__ import annotations

import json
import re

import pytest

from signalcast.deploy.environment import processes, settings
from signalcast.deploy.host import Host
from signalcast.deploy.read import read
from signalcast.deploy.sizes import MIB, PROCESS, connections, database_memory
from tests.docs.blocks import CHECKOUT

PAGE = CHECKOUT / "docs" / "operate" / "sizing.md"
MEASURED = CHECKOUT / "bench" / "results" / "latest.json"
#: A machine is never twice as fast as itself, but a third is nothing.
NEAR = 1 / 3


def rows(columns: int) -> list[list[str]]:
    """The cells of tables with so many columns, without their heads."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if len(row) == columns]


def host(cores: str, memory: str, engine: str) -> Host:
    broker = "embedded" if engine == "sqlite" else "valkey"
    return read(
        f"{{name: one, domain: signals.example.com, tls: {{email: owner@example.com}}, "
        f"machine: {{cores: {cores}, memory: {memory.removesuffix(' GB')}}}, "
        f"database: {{engine: {engine}}}, broker: {{kind: {broker}}}}}"
    )


def running(one: Host) -> int:
    """Processes, each worker of a web server too."""
    workers = settings(one).web_workers or one.machine.cores
    table = processes(one)
    return sum(each.count + workers * (each.name in ("web", "intake")) for each in table)


@pytest.mark.parametrize("row", rows(7)[1:], ids=lambda row: " ".join(row[:3]))
def test_memory_and_connections_are_those_that_files_are_sized_by(row: list[str]) -> None:
    cores, memory, engine, *told = row
    one = host(cores, memory, engine)

    assert told == [
        str(running(one)),
        f"{running(one) * PROCESS // MIB} MiB",
        f"{database_memory(one) // MIB} MiB",
        str(connections(one)),
    ]


def test_figures_are_near_those_of_the_last_measurement() -> None:
    measured = {
        row["name"]: (row["value"], row["unit"]) for row in json.loads(MEASURED.read_text())
    }
    told = {name: figure for name, figure in rows(2) if name in measured}

    assert len(told) > 8
    for name, figure in told.items():
        value, unit = re.fullmatch(r"([\d,]+) (.+)", figure).groups()  # type: ignore[union-attr]
        assert unit == measured[name][1], name
        assert float(value.replace(",", "")) == pytest.approx(measured[name][0], rel=NEAR), name
