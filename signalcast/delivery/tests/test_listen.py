"""Bells with a real broker: who hears a ring, and who follows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from signalcast.core.broker import broker
from signalcast.core.wake import MOST_WAITING, Bell, call_another, ring
from signalcast.delivery.listen import listen, stand_in_line
from tests.own_valkey import own_valkey

BELL = Bell("test")
WITHIN = 10.0


@pytest.fixture(autouse=True)
def valkey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with own_valkey(tmp_path, monkeypatch):
        yield


class Ears:
    """Some who hear BELL: what each of them heard, in one line."""

    def __init__(self) -> None:
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        self.free = {name: asyncio.Event() for name in ("first", "second")}
        self.resting = ""

    def _hear(self, name: str) -> None:
        if name == self.resting:
            self.free[name].clear()
        else:
            self._heard.put_nowait(name)

    async def next(self) -> str:
        async with asyncio.timeout(WITHIN):
            return await self._heard.get()

    async def called(self, times: int) -> list[str]:
        """Who hears that another one is called, time after time."""
        heard = []
        for _ in range(times):
            await asyncio.to_thread(call_another, BELL)
            heard.append(await self.next())
        return heard

    async def stand_in_line(self) -> None:
        """All are free, and wait at the broker."""
        for free in self.free.values():
            free.set()
        await waiting(len(self.free))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """All hear the bell within the block."""
        works = [
            stand_in_line(BELL, partial(self._hear, name), free) for name, free in self.free.items()
        ]
        works.append(listen(BELL, partial(self._heard.put_nowait, "listener")))
        tasks = [asyncio.create_task(work) for work in works]
        # Each is told once it is there, since it may have missed a ring.
        assert sorted([await self.next() for _ in tasks]) == ["first", "listener", "second"]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def test_all_who_listen_hear_a_ring_and_one_of_those_who_are_free_follows_it() -> None:
    async def scenario(ears: Ears) -> None:
        async with ears.open():
            for free in ears.free.values():
                free.set()
            for _ in range(3):
                await asyncio.to_thread(ring, BELL)
                heard = {await ears.next(), await ears.next()}
                assert "listener" in heard
                assert len(heard & set(ears.free)) == 1
            assert broker().llen(BELL.heard_by_one) == 0

    asyncio.run(scenario(Ears()))


def test_who_is_busy_leaves_a_ring_to_another() -> None:
    async def scenario(ears: Ears) -> None:
        async with ears.open():
            ears.free["second"].set()
            assert await ears.called(5) == ["second"] * 5

    asyncio.run(scenario(Ears()))


def test_who_became_busy_while_it_stood_in_line_passes_a_ring_on() -> None:
    async def scenario(ears: Ears) -> None:
        async with ears.open():
            await ears.stand_in_line()
            ears.free["first"].clear()
            assert await ears.called(3) == ["second"] * 3

    asyncio.run(scenario(Ears()))


def test_who_is_told_to_rest_while_it_stands_in_line_passes_a_ring_on() -> None:
    async def scenario(ears: Ears) -> None:
        async with ears.open():
            await ears.stand_in_line()
            ears.resting = "first"
            assert await ears.called(3) == ["second"] * 3

    asyncio.run(scenario(Ears()))


def test_a_ring_waits_for_the_next_who_is_free_and_few_of_them_do() -> None:
    async def scenario(ears: Ears) -> None:
        async with ears.open():
            for _ in range(3 * MOST_WAITING):
                await asyncio.to_thread(call_another, BELL)
            assert broker().llen(BELL.heard_by_one) == MOST_WAITING
            ears.free["first"].set()
            assert {await ears.next() for _ in range(MOST_WAITING)} == {"first"}

    asyncio.run(scenario(Ears()))


async def waiting(count: int) -> None:
    """Return once so many stand in line."""
    async with asyncio.timeout(WITHIN):
        while broker().info("clients")["blocked_clients"] < count:
            await asyncio.sleep(0)
