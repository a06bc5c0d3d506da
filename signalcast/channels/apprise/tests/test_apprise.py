"""What is particular to Apprise: a library that is a guest, in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from signalcast.channels.apprise.tests.peer import Peer
from signalcast.channels.apprise.transport import Apprise, channel
from signalcast.channels.base import Address, AddressError, Content, Message, Outcome, Result
from signalcast.channels.tests.receiving import Behaviour
from signalcast.channels.webhook.tests.peer import plain
from signalcast.channels.wording import examples
from signalcast.core.env import environment, outside_environment
from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
    environment.cache_clear()
    yield
    environment.cache_clear()


@pytest.fixture
def strict(loopback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "0")
    environment.cache_clear()


@pytest.fixture
def hurried() -> Apprise:
    made = Apprise()
    made.helper, made.answer_within = channel.helper, 0.5
    return made


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as made:
        yield made


def content(**signal_: Any) -> Content:
    made = next(iter(examples("signal.published")))
    made.data["signal"].update(signal_)
    return made


def send(*urls: str, what: Content | None = None, by: Apprise = channel) -> list[Result]:
    async def all_at_once() -> list[Result]:
        async with by.open() as transport:
            message = Message("msg_1", what or content())
            return await asyncio.gather(
                *[transport.send(message, Address("uid", "shown", url)) for url in urls]
            )

    return asyncio.run(all_at_once())


def helper_id() -> int:
    process = channel.helper._process
    assert process is not None
    return process.pid


def test_a_service_gets_title_and_text(peer: Peer) -> None:
    [result] = send(peer.service())

    [arrival] = peer.arrivals
    assert result.outcome is Outcome.ACCEPTED
    assert arrival.json["title"] == "BUY BTCUSDT"
    assert arrival.json["message"] == (
        "Crypto · 1h\n\nEntry: 64250.5 \u2013 64100 (limit)\nStop loss: 63000\n"
        "Target 1: 65000\nTarget 2: 66000\nLeverage: 5x\n\nHalf the usual size."
    )


def test_the_library_is_never_loaded_into_this_process(peer: Peer) -> None:
    send(peer.service())

    assert "apprise" not in sys.modules


def test_nothing_runs_until_the_first_message() -> None:
    code = (
        "import asyncio, sys\n"
        "from signalcast.channels.apprise.transport import channel\n"
        "async def opened():\n"
        "    async with channel.open(): pass\n"
        "asyncio.run(opened())\n"
        "assert channel.helper._process is None and 'apprise' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_keys_and_databases_are_none_of_the_librarys_business(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("SIGNALCAST_SECRET_KEY", "SIGNALCAST_ENCRYPTION_KEYS", "DATABASE_URL"):
        monkeypatch.setenv(name, "confidential")

    assert "confidential" not in outside_environment().values()
    assert "PATH" in outside_environment()


def test_a_service_that_hangs_hurts_nobody_else(peer: Peer, hurried: Apprise) -> None:
    peer.say("/hangs", Behaviour.HANG)
    began = time.monotonic()
    results = send(*[peer.service("/hangs")] * 3, peer.service("/works"), by=hurried)

    assert [one.outcome for one in results] == [*[Outcome.AMBIGUOUS] * 3, Outcome.ACCEPTED]
    assert "within 0.5 s" in results[0].detail
    assert time.monotonic() - began < 2


def test_what_was_given_up_is_broken_off_and_makes_room(peer: Peer, hurried: Apprise) -> None:
    peer.say("/hangs", Behaviour.HANG)
    for _ in range(3):
        results = send(*[peer.service("/hangs")] * 4, by=hurried)
        assert {one.outcome for one in results} == {Outcome.AMBIGUOUS}
        wait_for(lambda: not channel.helper.load._held, within=5, message="room")


def test_too_many_at_one_server_wait_for_their_turn(peer: Peer) -> None:
    peer.say("/slow", 0.3)
    results = send(*[peer.service("/slow")] * 6)

    outcomes = [one.outcome for one in results]
    assert outcomes == [Outcome.ACCEPTED] * 4 + [Outcome.WAIT] * 2
    assert results[-1].wait > 0


def test_a_helper_that_is_killed_is_replaced(peer: Peer) -> None:
    peer.say("/hangs", Behaviour.HANG)

    async def kill_in_between() -> Result:
        async with channel.open() as transport:
            message = Message("msg_1", content())
            sent = asyncio.create_task(
                transport.send(message, Address("uid", "", peer.service("/hangs")))
            )
            while not peer.arrivals:
                await asyncio.sleep(0.01)
            os.kill(helper_id(), signal.SIGKILL)
            return await sent

    assert asyncio.run(kill_in_between()).outcome is Outcome.AMBIGUOUS
    assert send(peer.service())[0].outcome is Outcome.ACCEPTED


@pytest.mark.wide
def test_the_helper_ends_with_who_started_it(tmp_path: Path) -> None:
    code = (
        "import os\n"
        "from signalcast.channels.apprise.helper import Helper\n"
        "helper = Helper()\n"
        "helper.check('json://example.org', private=False)\n"
        "print(helper._process.pid, flush=True)\n"
        "os._exit(9)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30, text=True)
    number = int(said.stdout)

    wait_for(lambda: not Path(f"/proc/{number}").exists(), within=5, message="its end")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (plain(500), "Internal server error"),
        (plain(404), "did not take it"),
        (plain(302, "Location: /elsewhere"), "did not take it"),
    ],
)
def test_a_no_comes_with_what_the_library_said(peer: Peer, answer: bytes, words: str) -> None:
    peer.say("/hook", answer)
    [result] = send(peer.service("/hook"))

    assert result.outcome is Outcome.FAILED
    assert words in result.detail
    assert len(peer.arrivals) == 1  # redirects are not followed


def test_options_in_the_address_cannot_make_a_failure_a_success_or_repeat_it(peer: Peer) -> None:
    peer.behave(Behaviour.FAIL)
    [result] = send(peer.service("/x?optional=yes&retry=5&wait=0&redirect=yes&overflow=truncate"))

    assert result.outcome is Outcome.FAILED
    assert len(peer.arrivals) == 1


def test_what_the_library_says_is_not_told_when_it_repeats_a_token(peer: Peer) -> None:
    peer.behave(Behaviour.FAIL)
    # "Failed to send JSON POST notification" is what it says.
    [result] = send(peer.service("/POST"))

    assert result.detail == "The service did not take it."


def test_a_connection_that_fails_is_told_with_its_server(peer: Peer) -> None:
    [result] = send(peer.nowhere().address)

    assert result.outcome is Outcome.FAILED
    assert "to 127.0.0.1." in result.detail


def test_markup_in_a_comment_is_text_where_a_service_takes_html(peer: Peer) -> None:
    send(peer.service("/x?format=html"), what=content(comment="<b>bold</b>"))

    assert "&lt;b&gt;bold&lt;/b&gt;" in peer.arrivals[0].json["message"]


def test_a_long_message_loses_its_comment_and_no_number(peer: Peer) -> None:
    # Takes 512 characters, so that it comes in parts.
    url = peer.url("").replace("http://", "misskey://token@")
    prices = [f"65000.{number:08}" for number in range(20)]
    targets = [{"price": price, "share": None} for price in prices]
    [result] = send(url, what=content(comment="word " * 500, take_profits=targets))

    text = "".join(arrival.json["text"] for arrival in peer.arrivals)
    assert result.outcome is Outcome.ACCEPTED
    assert all(price in text for price in prices)
    assert len(peer.arrivals) > 1


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("syslog://", "on the server itself"),
        ("syslog://local5", "on the server itself"),
        ("dbus://", "not the address|on the server"),
        ("gnome://", "not the address|on the server"),
        ("macosx://", "not the address|on the server"),
        ("windows://", "not the address|on the server"),
        ("blink1://", "not the address|on the server"),
        ("file:///etc/passwd", "not the address"),
        ("exec://ls", "not the address"),
        ("python://x", "not the address"),
        ("include://x", "not the address"),
        ("json://a.example.org, json://b.example.org", "not the address"),
        ("json://example.org/\n", None),
        ("json://exam\nple.org", "not the address"),
        ("json://127.0.0.1/x", "private"),
        ("json://2130706433/x", "private"),
        ("jsons://localhost", "private"),
        ("mqtt://10.0.0.1/topic", "private|not the address"),
        ("json://[::1]/x", "private|not the address"),
        ("json://169.254.169.254/latest", "private"),
        ("slack://", "not the address"),
        ("json://" + "x" * 3_000, "not the address"),
    ],
)
def test_only_services_of_the_network_are_taken(text: str, problem: str | None) -> None:
    if problem is None:
        assert channel.check_address(text) == text.strip()
        return
    with pytest.raises(AddressError, match=problem) as error:
        channel.check_address(text)
    assert str(error.value).endswith(".")


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#nuxref", "slack://T...2/A...D/T"),
        ("pover://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@tttttttttttttttttttttttttttttt", "pover://u...u@"),
        ("ntfys://user:password@example.org/topic", "ntfys://example.org/…"),
        ("mailtos://user:password@example.org", "mailtos://example.org:"),
        ("json://example.org:8080/confidential?+X-Token=y", "json://example.org:8080/…"),
    ],
)
def test_people_see_the_service_and_no_secret(text: str, shown: str) -> None:
    hidden = channel.hide(channel.check_address(text))

    assert hidden.secret == text
    assert hidden.shown.startswith(shown)
    for secret in ("TIiajkdnlazkcOXrIdevi7FQ", "uuuuuu", "tttttt", "password", "confidential"):
        assert secret not in hidden.shown


def test_two_addresses_that_look_alike_are_told_apart() -> None:
    one, other = (channel.hide(f"json://example.org/{name}").shown for name in "ab")

    assert one != other
    assert channel.hide("json://example.org/a").shown == one


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_private_address_is_closed_also_when_a_name_leads_there(peer: Peer, host: str) -> None:
    [result] = send(peer.service().replace("127.0.0.1", host))

    assert (result.outcome, peer.arrivals) == (Outcome.FAILED, [])
    assert "private or reserved address" in result.detail


@pytest.mark.usefixtures("strict")
def test_a_private_server_behind_an_option_is_closed_too(peer: Peer) -> None:
    url = f"mailto://user:password@example.org:{peer.port}?smtp=127.0.0.1&from=a@example.org"
    [result] = send(url)

    assert (result.outcome, peer.connections) == (Outcome.FAILED, 0)
    assert "private or reserved address 127.0.0.1" in result.detail


def test_a_message_without_room_even_without_its_comment_fails_in_words(peer: Peer) -> None:
    targets = [{"price": "65000.12345678", "share": None}] * 100
    [result] = send(peer.service(), what=content(take_profits=targets))

    assert (result.outcome, peer.arrivals) == (Outcome.FAILED, [])
    assert "characters" in result.detail
