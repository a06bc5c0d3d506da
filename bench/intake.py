"""Durable intake beside the same doors without a database, and beside a plain Django view."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from functools import partial
from statistics import median

from bench.row import Engine, Row, beside, compared, noted
from bench.stack import TOKEN, Stack, get, stack, wait_until
from signalcast.core.ports import free_port

ROUNDS = 3
SECONDS = 4.0
#: Requests in flight: what a busy installation has when alerts of many charts fire on the same
#: minute. Fewer wait for the disk instead of the server: a commit takes what `fdatasync` takes.
CROWD = 256
#: For the time that one of few has to wait.
FEW = 64
ECHO_SHARE = 0.5
TIMES_NAIVE = 4.0


def measure() -> list[Row]:
    """Requests a second of each, in interleaved rounds on each engine."""
    return [row for engine in ("sqlite", "postgresql") for row in _on(engine)]


def _on(engine: Engine) -> list[Row]:
    with stack(engine, SIGNALCAST_INTAKE_RATE="1000000", SIGNALCAST_INTAKE_BURST="1000000") as made:
        made.start("valkey")
        made.load(1, "http://127.0.0.1:9")
        ports = {"durable": made.port, "echo": free_port(), "naive": free_port()}
        made.start("web", "--workers", "1")
        _echo(made, ports["echo"])
        _naive(made, ports["naive"])
        made.ready()
        wait_until(lambda: get(f"http://127.0.0.1:{ports['echo']}/livez"), 30, "echo answers")
        for name, port in ports.items():
            wait_until(partial(_post, made, port, 1.0, FEW), 30, f"{name} is warm")
        crowd = _interleaved(made, ports, CROWD)
        few = _interleaved(made, {"durable": ports["durable"], "echo": ports["echo"]}, FEW)
    name = f"durable intake, {engine}"
    durable, echo = ("durable", "rate"), ("echo", "rate")
    return [
        compared(name, crowd[durable], "req/s", ("instant committer", crowd[echo]), ECHO_SHARE),
        compared(
            name, crowd[durable], "req/s", ("Django + gunicorn", crowd["naive", "rate"]),
            TIMES_NAIVE,
        ),
        beside(f"{name}, {FEW} in flight", few[durable], "req/s", ("instant", few[echo])),
        noted(f"{name}, {FEW} in flight, p99", few["durable", "p99"], "ms"),
    ]  # fmt: skip


def _interleaved(
    made: Stack, ports: dict[str, int], connections: int
) -> dict[tuple[str, str], float]:
    """The median rate and p99 of each server, by its name and the figure's."""
    figures: dict[tuple[str, str], list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for name, port in ports.items():
            for figure, value in _post(made, port, SECONDS, connections).items():
                figures[name, figure].append(value)
    return {key: median(values) for key, values in figures.items()}


def _post(made: Stack, port: int, seconds: float, connections: int) -> dict[str, float]:
    """One run of the load generator. Raises OSError when nothing was accepted."""
    words = ("-m", "bench.post", str(port), str(seconds), str(connections), TOKEN)
    try:
        figures: dict[str, float] = json.loads(made.python(*words))
    except RuntimeError as error:
        raise OSError(str(error)) from error
    if figures["refused"] or not figures["rate"]:
        raise OSError(f"the server refused {figures['refused']:.0f} requests")
    return figures


def _echo(made: Stack, port: int) -> subprocess.Popen[bytes]:
    options = ("--interface", "asgi", "--workers", "1", "--loop", "uvloop", "--http", "1",
               "--no-ws",
               "--backlog", "4096", "--backpressure", "4096", "--log-level", "error")  # fmt: skip
    return made.run(
        [sys.executable, "-m", "granian", *options, "--port", str(port), "bench.echo:application"]
    )


def _naive(made: Stack, port: int) -> subprocess.Popen[bytes]:
    return made.run(
        [sys.executable, "-m", "gunicorn", "--workers", "2", "--bind", f"127.0.0.1:{port}",
         "--log-level", "warning", "--keep-alive", "30", "bench.naive:application"]
    )  # fmt: skip
