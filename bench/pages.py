"""Pages of signed-in people, beside a Django page of one query that the same server serves."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from statistics import median

import aiohttp

from bench.row import Row, beside, noted
from bench.stack import TOKEN, Stack, stack, wait_until
from signalcast.core.ports import free_port

#: People who look at the same time, each as fast as answers come; signals that there are.
PEOPLE, SIGNALS = 50, 60
#: Interleaved rounds of each page, and seconds of one.
ROUNDS, SECONDS = 3, 4.0
ONE = "/one/"

COME_IN = f"""
import json
from django.test import Client
from signalcast.accounts.models import User
from signalcast.signals.models import Signal
cookies = []
for user in User.objects.filter(email__startswith="subscriber-")[:{PEOPLE}]:
    client = Client()
    client.force_login(user)
    cookies.append({{name: one.value for name, one in client.cookies.items()}})
print(json.dumps({{"cookies": cookies, "signal": str(Signal.objects.latest("pk").pk)}}))
"""
COUNT = """
from signalcast.signals.models import Signal
print(Signal.objects.count())
"""


def measure() -> list[Row]:
    """Requests a second, p50 and p95 of each page, with its share of the page of one query."""
    with stack(DJANGO_SETTINGS_MODULE="bench.one_query_settings") as made:
        made.load(PEOPLE, f"http://127.0.0.1:{free_port()}")
        made.start("valkey")
        made.start("web")
        worker = made.start("worker")
        made.ready()
        asyncio.run(_publish(made))
        wait_until(lambda: int(made.django(COUNT)) == SIGNALS, 60, "every signal is decided")
        # What nobody looks at: decided signals would go on being sent and retried.
        worker.terminate()
        worker.wait()
        told = json.loads(made.django(COME_IN).splitlines()[-1])
        pages = {
            "dashboard": "/app/",
            "signals": "/app/signals/",
            "one signal": f"/app/signals/{told['signal']}/",
            "one query": ONE,
        }
        figures = _interleaved(made, pages, told["cookies"])
    rows = []
    one = figures["one query", "rate"]
    for name in list(pages)[:-1]:
        title = f"page: {name}, {PEOPLE} at once"
        rows.append(
            beside(title, figures[name, "rate"], "pages/s", ("a Django page of one query", one))
        )
        rows += [noted(f"{title}, {part}", figures[name, part], "ms") for part in ("p50", "p95")]
    return rows


async def _publish(made: Stack) -> None:
    url = f"http://127.0.0.1:{made.port}/in/v1/signals"
    signals = [
        {"id": f"s-{number}", "symbol": "BTCUSDT", "side": "buy"} for number in range(SIGNALS)
    ]
    async with (
        aiohttp.ClientSession(headers={"authorization": f"Bearer {TOKEN}"}) as session,
        session.post(url, json=signals) as answer,
    ):
        assert answer.status == 202, await answer.text()


def _interleaved(
    made: Stack, pages: dict[str, str], cookies: list[dict[str, str]]
) -> dict[tuple[str, str], float]:
    """The medians of the rounds, by the page's name and the figure's."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for path in pages.values():
        asyncio.run(_look(f"http://127.0.0.1:{made.port}{path}", cookies, 1.0))
    for _ in range(ROUNDS):
        for name, path in pages.items():
            began = time.monotonic()
            times = asyncio.run(_look(f"http://127.0.0.1:{made.port}{path}", cookies, SECONDS))
            took = time.monotonic() - began
            times.sort()
            found[name, "rate"].append(len(times) / took)
            found[name, "p50"].append(times[len(times) // 2] * 1_000)
            found[name, "p95"].append(times[int(len(times) * 0.95)] * 1_000)
    return {key: median(values) for key, values in found.items()}


async def _look(url: str, cookies: list[dict[str, str]], seconds: float) -> list[float]:
    """Seconds that each answer took, of people who each ask again as soon as they were answered."""
    until = time.monotonic() + seconds
    times: list[float] = []

    async def one(mine: dict[str, str]) -> None:
        # Kept as they are: the product marks its cookies for HTTPS alone where it has a name.
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in mine.items())}
        async with aiohttp.ClientSession(headers=headers) as session:
            while time.monotonic() < until:
                began = time.monotonic()
                async with session.get(url, allow_redirects=False) as answer:
                    assert answer.status == 200, (url, answer.status)
                    await answer.read()
                times.append(time.monotonic() - began)

    async with asyncio.TaskGroup() as group:
        for mine in cookies:
            group.create_task(one(mine))
    return times
