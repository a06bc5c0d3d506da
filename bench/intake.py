"""Durable intake beside the same doors without a database, and beside a plain Django view."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from statistics import median

from bench.row import Engine, Row, compared, noted
from bench.stack import TOKEN, Stack, get, stack, wait_until
from signalcast.core.ports import free_port

ROUNDS = 3
SECONDS = 4.0
CONNECTIONS = 64
ECHO_SHARE = 0.5
TIMES_NAIVE = 4.0


def measure() -> list[Row]:
    """Requests a second of each, in interleaved rounds on each engine."""
    return [row for engine in ("sqlite", "postgresql") for row in _on(engine)]


def _on(engine: Engine) -> list[Row]:
    rates: dict[str, list[float]] = {"durable": [], "echo": [], "naive": []}
    slowest: list[float] = []
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
            wait_until(partial(_post, made, port, 1.0), 30, f"{name} is warm")
        for _ in range(ROUNDS):
            for name, port in ports.items():
                figures = _post(made, port, SECONDS)
                rates[name].append(figures["rate"])
                if name == "durable":
                    slowest.append(figures["p99"])
    durable, echo, naive = (median(rates[name]) for name in ("durable", "echo", "naive"))
    name = f"durable intake, {engine}"
    return [
        compared(name, durable, "req/s", ("instant committer", echo), ECHO_SHARE),
        compared(name, durable, "req/s", ("Django + gunicorn", naive), TIMES_NAIVE),
        noted(f"{name}, p99 at {CONNECTIONS} connections", median(slowest), "ms"),
    ]


def _post(made: Stack, port: int, seconds: float) -> dict[str, float]:
    """One run of the load generator. Raises OSError when nothing was accepted."""
    words = ("-m", "bench.post", str(port), str(seconds), str(CONNECTIONS), TOKEN)
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
