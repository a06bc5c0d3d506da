"""Fetch the updates of bots that Telegram cannot bring to the door, by long polling.

An update is confirmed to Telegram by asking for what comes after it, which is done once its
receipt is committed. Whatever ends this process in between, it is fetched once more and known by
its id then: nothing has to be remembered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from django.db import Error, connection, transaction
from django.utils.translation import gettext as _

from signalcast.channels.models import Account
from signalcast.channels.telegram.account import bots
from signalcast.channels.telegram.bot import Bot, Reply, call
from signalcast.channels.telegram.start import ask_to_start
from signalcast.core import clock, events
from signalcast.core.env import environment
from signalcast.core.http import Client, NoAnswer, Unreachable
from signalcast.core.printable import printable
from signalcast.feeds.models import Source
from signalcast.intake.committer import Backlogged, Committer, Unavailable
from signalcast.intake.telegram import MESSAGES, read_update, receipt_of

#: Seconds that Telegram keeps a request waiting for updates, and until it must have answered.
WAITS = 25
ANSWERS_WITHIN = 40.0
#: Updates fetched at a time, and bytes that so many can have.
MOST = 100
LONGEST = 16_777_216


class _Numbered(msgspec.Struct):
    update_id: int


class Pace(NamedTuple):
    """Seconds between tries."""

    #: Between two looks at which bots there are.
    look: float = 10.0
    #: After trouble, the first time; twice as long each time, up to the last.
    again: float = 1.0
    again_at_most: float = 60.0
    #: After trouble that only a person can end.
    helpless: float = 30.0
    #: Until what was fetched must be committed.
    commit: float = 40.0


class Fetched(NamedTuple):
    """A bot to fetch for. Without a source nothing counts but /start."""

    account: int
    bot: Bot
    source: int | None
    max_lag: int | None


class _Trouble(Exception):
    """Nothing can be fetched now; the text says why, in words."""

    def __init__(self, text: str, wait: float | None = None, *, helpless: bool = False) -> None:
        super().__init__(text)
        #: Seconds to wait, where that was told.
        self.wait = wait
        #: Only a person can end it.
        self.helpless = helpless


async def fetch_updates(
    committer: Committer, stopped: asyncio.Event, pace: Pace | None = None
) -> None:
    """Fetch for all bots there are, also those that are added meanwhile, until STOPPED."""
    pace = pace or Pace()
    running: dict[Fetched, asyncio.Task[None]] = {}
    private = environment().allow_private_destinations
    async with (
        Client(
            allow_private=private, answer_within=ANSWERS_WITHIN, longest_answer=LONGEST
        ) as client,
        asyncio.TaskGroup() as group,
    ):
        while not stopped.is_set():
            wanted = await _ask_for_bots(list(running))
            for gone in running.keys() - set(wanted):
                running.pop(gone).cancel()
            for one in wanted:
                if one not in running:
                    fetcher = _Fetcher(one, client, committer)
                    running[one] = group.create_task(fetcher.run(pace))
            await _wait(stopped, pace.look)
        for task in running.values():
            task.cancel()


async def _wait(stopped: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopped.wait()
    except TimeoutError:
        pass


async def _ask_for_bots(known: list[Fetched]) -> list[Fetched]:
    """The bots to fetch for; those KNOWN while the database is away."""
    try:
        return await asyncio.to_thread(_bots)
    except Error as error:
        events.warn("telegram.database_away", error=str(error).strip())
        return known


def _bots() -> list[Fetched]:
    try:
        known = bots()
        if not known:
            return []
        sources = {row.slug: row for row in Source.objects.filter(is_active=True)}
        found = []
        for account, bot in known:
            if bot.webhook_secret or (bot.source and bot.source not in sources):
                continue  # the first are brought to the door
            source = sources.get(bot.source)
            found.append(
                Fetched(
                    account.pk,
                    bot,
                    source.pk if source else None,
                    source.max_lag if source else None,
                )
            )
        return found
    finally:
        connection.close()  # the thread may be another one the next time


class _Fetcher:
    """Fetches for one bot."""

    def __init__(self, fetched: Fetched, client: Client, committer: Committer) -> None:
        self._fetched = fetched
        self._client = client
        self._committer = committer
        self._offset = 0
        #: What was told of trouble last; None before the first answer.
        self._told: str | None = None

    async def run(self, pace: Pace) -> None:
        """Fetch until cancelled."""
        pause = pace.again
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                updates = await self._fetch()
                await self._tell("")
                if updates:
                    await self._store(list(updates.values()), pace.commit)
                    self._offset = max(updates) + 1
                elif loop.time() - began < pace.again:
                    await asyncio.sleep(pace.again)  # a server that does not wait for updates
                pause = pace.again
            except _Trouble as trouble:
                await self._tell(str(trouble))
                usual = pace.helpless if trouble.helpless else pause
                await asyncio.sleep(trouble.wait or usual)
                pause = min(2 * pause, pace.again_at_most)

    async def _fetch(self) -> dict[int, bytes]:
        """What was written since, by its ids. Raises _Trouble."""
        allowed = MESSAGES if self._fetched.source else MESSAGES[:1]
        try:
            reply = await call(
                self._client,
                self._fetched.bot,
                "getUpdates",
                offset=self._offset,
                limit=MOST,
                timeout=WAITS,
                allowed_updates=allowed,
            )
        except (Unreachable, NoAnswer) as error:
            raise _Trouble(str(error)) from error
        if reply is None:
            raise _Trouble(_("It was not Telegram that answered. Look at the account's address."))
        if not reply.ok:
            raise _why(reply)
        try:
            found = msgspec.json.decode(reply.result, type=list[msgspec.Raw])
            return {msgspec.json.decode(raw, type=_Numbered).update_id: bytes(raw) for raw in found}
        except msgspec.DecodeError as error:
            raise _Trouble(_("Telegram answered something else than updates.")) from error

    async def _store(self, updates: Sequence[bytes], within: float) -> None:
        """Return once all of them are committed. Raises _Trouble."""
        source = self._fetched.source
        try:
            if source is None:
                await asyncio.to_thread(self._start, updates)
                return
            lag = self._fetched.max_lag
            receipts = [receipt_of(source, body, max_lag=lag) for body in updates]
            await self._committer.accept(receipts, within=within)
        except (Unavailable, Backlogged, Error) as error:
            raise _Trouble(_("The database does not take what was fetched.")) from error
        events.emit("telegram.fetched", account=self._fetched.account, updates=len(updates))

    def _start(self, updates: Sequence[bytes]) -> None:
        try:
            with transaction.atomic():
                account = Account.objects.filter(pk=self._fetched.account).first()
                for body in updates:
                    update = read_update(body)
                    if update and update.message:
                        ask_to_start(
                            update.message.text,
                            chat=update.message.chat.id,
                            written=update.message.written or clock.now(),
                            account=lambda: account,
                        )
        finally:
            connection.close()

    async def _tell(self, trouble: str) -> None:
        """Have the owner know of trouble, or that it is over."""
        if trouble == self._told or self._fetched.source is None:
            return  # a bot that only sends may well be written to elsewhere
        try:
            await asyncio.to_thread(_note, self._fetched.account, trouble)
        except Error as error:
            events.warn("telegram.database_away", error=str(error).strip())
            return
        self._told = trouble


def _note(account: int, trouble: str) -> None:
    try:
        rows = Account.objects.filter(pk=account).exclude(last_error=trouble)
        if rows.update(last_error=trouble) and trouble:
            events.warn("telegram.not_fetched", account=account, why=trouble)
    finally:
        connection.close()


def _why(reply: Reply) -> _Trouble:
    """What Telegram's refusal means."""
    status = reply.error_code
    if status == 409 and "webhook" in reply.description:
        sentence = _(
            "Telegram brings this bot's updates to a web address. Enter the secret of that address"
            " in the bot's account, or have Telegram forget it (deleteWebhook)."
        )
        return _Trouble(sentence, helpless=True)
    if status == 409:
        sentence = _("Another program fetches this bot's updates. Stop it, or use another bot.")
        return _Trouble(sentence, helpless=True)
    if status in (401, 404):
        sentence = _(
            "Telegram does not know the bot's token (%(status)d). Ask BotFather for a new one and"
            " enter it in the bot's account."
        )
        return _Trouble(sentence % {"status": status}, helpless=True)
    wait = reply.parameters.retry_after
    sentence = _("Telegram answered %(status)d. %(said)s")
    said = printable(reply.description, 200)
    return _Trouble(sentence % {"status": status, "said": said}, float(wait) if wait else None)
