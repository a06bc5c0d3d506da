"""The demo's receivers: what is sent to them over the network is what their page shows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import aiohttp
import aiosmtplib
import pytest

from signalcast.channels.base import Address, Content, Message, Outcome, Result
from signalcast.channels.registry import channel
from signalcast.channels.wording import examples
from signalcast.cli.sinks.received import KEPT
from signalcast.cli.sinks.serve import HOST, serve
from signalcast.core.env import environment
from signalcast.core.ports import free_port
from signalcast.core.signing import new_secret

SECRET = new_secret()
DISCORD = "/api/webhooks/112233445566778899/a-token-of-a-webhook"


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
    environment.cache_clear()
    yield
    environment.cache_clear()


@dataclass
class Sinks:
    """Running sinks and how to speak to them."""

    port: int
    smtp_port: int
    session: aiohttp.ClientSession

    def url(self, path: str) -> str:
        return f"http://{HOST}:{self.port}{path}"

    async def get(self, path: str = "/") -> str:
        async with self.session.get(self.url(path)) as answer:
            assert answer.status == 200
            return await answer.text()

    async def received(self, kind: str = "") -> list[dict[str, Any]]:
        found = json.loads(await self.get(f"/received.json?kind={kind}"))
        return [dict(one) for one in found]

    async def post(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        async with self.session.post(self.url(path), data=body) as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def running() -> AsyncIterator[Sinks]:
    port, smtp_port = free_port(), free_port()
    async with (
        serve(port=port, smtp_port=smtp_port, secret=SECRET),
        aiohttp.ClientSession() as session,
    ):
        yield Sinks(port, smtp_port, session)


def run(steps: Callable[[Sinks], Awaitable[None]]) -> None:
    async def with_sinks() -> None:
        async with running() as sinks:
            await steps(sinks)

    asyncio.run(with_sinks())


def content(**signal: Any) -> Content:
    made = next(iter(examples("signal.published")))
    made.data["signal"].update(signal)
    return made


async def send(kind: str, address: str, secret: str = "", *, what: Content | None = None) -> Result:
    async with channel(kind).open() as transport:
        return await transport.send(
            Message("msg_1", what or content()), Address("uid", address, secret)
        )


def test_a_webhook_is_kept_with_its_signature_checked() -> None:
    async def steps(sinks: Sinks) -> None:
        await send("webhook", sinks.url("/signals"), SECRET)
        await send("webhook", sinks.url("/signals"), new_secret())

        wrong, good = await sinks.received("webhook")
        assert good["subject"] == "signal.published · signature holds"
        assert "holds" not in wrong["subject"]
        assert (good["kind"], good["to"]) == ("webhook", "/signals")
        assert json.loads(good["body"])["data"]["signal"]["entries"] == ["64250.5", "64100"]
        assert "webhook-id: msg_1" in good["raw"]

    run(steps)


def test_discord_shows_markup_in_a_comment_as_text() -> None:
    async def steps(sinks: Sinks) -> None:
        result = await send(
            "discord", sinks.url(DISCORD), what=content(comment="**a_b** @everyone")
        )

        [found] = await sinks.received("discord")
        assert result.outcome is Outcome.ACCEPTED
        assert found["subject"] == "BUY BTCUSDT"
        assert found["body"].endswith("**a_b** @everyone")
        assert json.loads(found["raw"])["allowed_mentions"] == {"parse": []}

    run(steps)


def test_discord_limits_each_webhook_and_says_so() -> None:
    async def steps(sinks: Sinks) -> None:
        async with channel("discord").open() as transport:
            address = Address("uid", sinks.url(DISCORD))
            answers = [
                await transport.send(Message(f"msg_{number}", content()), address)
                for number in range(5)
            ]
        status, said = await sinks.post(DISCORD, b'{"content": "x"}')
        other, _ = await sinks.post(DISCORD.replace("1122", "3344"), b'{"content": "x"}')

        assert {answer.outcome for answer in answers} == {Outcome.ACCEPTED}
        assert (status, other) == (429, 200)
        assert 0 < said["retry_after"] <= 2

    run(steps)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"{}",
        json.dumps({"content": "x" * 2_001}).encode(),
        json.dumps({"embeds": [{"title": "x" * 257}]}).encode(),
        json.dumps({"embeds": [{"description": "x" * 4_097}]}).encode(),
        b"[" * 100_000,
    ],
)
def test_discord_refuses_what_discord_would(body: bytes) -> None:
    async def steps(sinks: Sinks) -> None:
        status, said = await sinks.post(DISCORD, body)

        assert (status, await sinks.received()) == (400, [])
        assert said["message"]

    run(steps)


def test_mail_is_kept_with_its_text() -> None:
    async def steps(sinks: Sinks) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"] = "signals@example.org", "a@example.org"
        mail["Subject"] = "BUY BTCUSDT – Grüße"  # noqa: RUF001 - a header that must be encoded
        mail.set_content("Entry: 64250.5\n")
        mail.add_alternative("<p>Entry: <b>64250.5</b></p>", subtype="html")
        await aiosmtplib.send(mail, hostname=HOST, port=sinks.smtp_port)

        [found] = await sinks.received("email")
        assert found["subject"] == mail["Subject"]
        assert (found["to"], found["body"].strip()) == ("a@example.org", "Entry: 64250.5")
        assert "text/html" in found["raw"]

    run(steps)


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"Subject: \xff\xfe\r\n\r\n\xff",
        b"Content-Type: text/plain; charset=no-such\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--y",
        b"Subject: =?utf-8?b?////?=\r\nContent-Transfer-Encoding: base64\r\n\r\n!!",
    ],
)
def test_mail_that_makes_no_sense_is_kept_all_the_same(mail: bytes) -> None:
    async def steps(sinks: Sinks) -> None:
        client = aiosmtplib.SMTP(hostname=HOST, port=sinks.smtp_port)
        async with client:
            await client.sendmail("a@example.org", ["b@example.org"], mail)

        assert len(await sinks.received("email")) == 1
        assert "b@example.org" in await sinks.get()

    run(steps)


def test_a_service_of_apprise_is_shown_like_the_others() -> None:
    async def steps(sinks: Sinks) -> None:
        await sinks.session.post(
            sinks.url("/apprise/admin"), json={"title": "BUY X", "message": "Entry: 1.5"}
        )

        [found] = await sinks.received("apprise")
        assert (found["to"], found["subject"], found["body"]) == (
            *("/apprise/admin", "BUY X", "Entry: 1.5"),
        )

    run(steps)


def test_the_page_shows_every_kind_newest_first_with_its_count() -> None:
    async def steps(sinks: Sinks) -> None:
        await send("webhook", sinks.url("/one"), what=content(symbol="AAA"))
        await send("discord", sinks.url(DISCORD), what=content(symbol="BBB"))
        await send("webhook", sinks.url("/two"), what=content(symbol="CCC"))

        page = await sinks.get()
        assert page.index("/two") < page.index("BUY BBB") < page.index("/one")
        assert 'webhook <span class="count">2</span>' in page
        assert 'discord <span class="count">1</span>' in page
        only = await sinks.get("/?kind=discord")
        assert "BUY BBB" in only
        assert "/two" not in only

    run(steps)


def test_the_page_shows_markup_as_text() -> None:
    async def steps(sinks: Sinks) -> None:
        await send("webhook", sinks.url("/x"), what=content(comment="<script>alert(1)</script>"))

        page = await sinks.get()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page

    run(steps)


def test_the_page_refreshes_itself_unless_it_is_held_still() -> None:
    async def steps(sinks: Sinks) -> None:
        assert 'http-equiv="refresh"' in await sinks.get()
        held = await sinks.get("/?kind=&pause")
        assert 'http-equiv="refresh"' not in held
        assert "<script" not in held

    run(steps)


def test_only_the_last_messages_are_kept_and_all_are_counted() -> None:
    async def steps(sinks: Sinks) -> None:
        for number in range(KEPT + 5):
            await sinks.session.post(sinks.url("/hook"), data=str(number))

        found = await sinks.received()
        assert [found[0]["body"], found[-1]["body"], len(found)] == ["204", "5", KEPT]
        assert f'<span class="count">{KEPT + 5}</span>' in await sinks.get()

    run(steps)
