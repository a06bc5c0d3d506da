"""Questions to the database from an event loop, and many that are asked at the same time as one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Generic, TypeVar

from django.db import Error, close_old_connections, connections

Answer = TypeVar("Answer")
Key = TypeVar("Key", bound=Hashable)


class Closed(Exception):
    """This process is about to stop, and answers nothing any more."""


class DatabaseThread:
    """A thread with a connection of its own."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def ask(self, question: Callable[[], Answer]) -> Answer:
        """The answer of a function that speaks to the database. Raises Closed, django.db.Error."""
        try:
            asked = self._pool.submit(_fresh(question))
        except RuntimeError:
            raise Closed from None
        return await asyncio.wrap_future(asked)

    def close(self) -> None:
        """End the thread and its connection after the question it has in hand."""
        self._pool.submit(connections.close_all)
        self._pool.shutdown(wait=False)


class Together(Generic[Key, Answer]):
    """Answers many keys with one call: those that are asked for while another call is under way."""

    def __init__(
        self, thread: DatabaseThread, answer: Callable[[list[Key]], Mapping[Key, Answer]], most: int
    ) -> None:
        self._thread = thread
        self._answer = answer
        self._most = most
        self._asked: dict[Key, asyncio.Future[Answer]] = {}
        self._task: asyncio.Task[None] | None = None

    async def ask(self, key: Key) -> Answer:
        """The answer for one key. Raises Closed, django.db.Error."""
        future = self._asked.get(key)
        if future is None:
            loop = asyncio.get_running_loop()
            future = self._asked[key] = loop.create_future()
            if self._task is None:
                self._task = loop.create_task(self._work())
        # Others may wait for the same answer: one who goes must not take it along.
        return await asyncio.shield(future)

    async def _work(self) -> None:
        while self._asked:
            several = {key: self._asked.pop(key) for key in list(islice(self._asked, self._most))}
            try:
                answers = await self._thread.ask(lambda keys=list(several): self._answer(keys))  # type: ignore[misc]
            except (Closed, Error) as error:
                for future in several.values():
                    future.set_exception(error)
                    future.exception()  # whoever asked may be gone
            else:
                for key, future in several.items():
                    future.set_result(answers[key])
        self._task = None


def _fresh(question: Callable[[], Answer]) -> Callable[[], Answer]:
    """The question, asked again on a new connection when the old one turns out to be dead."""

    def ask() -> Answer:
        close_old_connections()
        try:
            return question()
        except Error:
            close_old_connections()
            return question()

    return ask
