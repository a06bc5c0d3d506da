"""Connecting a chat: a link, a code that works once, and an answer in the chat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from signalcast.accounts.models import User
from signalcast.channels.models import Account, Destination
from signalcast.channels.telegram.bot import WrongAccount
from signalcast.channels.telegram.code import GOOD_FOR, LONGEST, make_code
from signalcast.channels.telegram.connect import connect_link
from signalcast.channels.telegram.start import ask_to_start
from signalcast.channels.telegram.tests.peer import BLOCKED, Peer, wait
from signalcast.core.env import environment
from signalcast.work.models import Job
from signalcast.work.run_jobs import run_jobs

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.setenv("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS", "1")
    environment.cache_clear()
    with Peer() as made:
        yield made
        assert made.wrong == []
    environment.cache_clear()


@pytest.fixture
def bot(peer: Peer) -> Account:
    return Account.objects.create(kind="telegram", name="desk", settings=peer.account())


@pytest.fixture
def ann() -> User:
    return User.objects.create(email="ann@example.org")


def write(bot: Account | None, text: str, chat: int = 5, *, late: int = 0) -> bool:
    """Write to the bot, and have the job done."""
    written = timezone.now() + timedelta(seconds=late)
    with transaction.atomic():
        asked = ask_to_start(text, chat=chat, written=written, account=lambda: bot)
    run_jobs()
    return asked


def test_the_link_opens_the_bot_with_a_code_that_telegram_hands_on(bot: Account, ann: User) -> None:
    link = connect_link(ann, bot)

    match = re.fullmatch(r"https://t\.me/desk_bot\?start=([A-Za-z0-9_-]+)", link)
    assert match is not None
    assert len(match[1]) <= LONGEST
    assert connect_link(ann, bot) != link
    assert "?startgroup=" in connect_link(ann, bot, group=True)


def test_a_bot_without_a_name_has_no_link(bot: Account, ann: User, peer: Peer) -> None:
    bot.settings = peer.account(username="")
    with pytest.raises(WrongAccount, match="Enter it"):
        connect_link(ann, bot)


@pytest.mark.parametrize("text", ["/start {}", "/start@desk_bot {}", " /start  {} \n"])
def test_start_with_a_code_connects_the_chat(
    bot: Account, ann: User, peer: Peer, text: str
) -> None:
    assert write(bot, text.format(make_code(ann, bot)), chat=-77)

    made = Destination.objects.get()
    assert (made.owner, made.kind, made.address, made.account) == (ann, "telegram", "-77", bot)
    [said] = peer.texts("-77")
    assert "ann@example.org" in said


def test_a_code_works_once(bot: Account, ann: User, peer: Peer) -> None:
    code = make_code(ann, bot)
    write(bot, f"/start {code}", chat=5)
    write(bot, f"/start {code}", chat=6)

    assert [made.address for made in Destination.objects.all()] == ["5"]
    [said] = peer.texts("6")
    assert "used before" in said


def test_the_same_message_twice_is_answered_once(bot: Account, ann: User, peer: Peer) -> None:
    code, written = make_code(ann, bot), timezone.now()
    for _ in range(2):
        ask_to_start(f"/start {code}", chat=5, written=written, account=lambda: bot)
    run_jobs()

    assert len(peer.texts("5")) == 1


@pytest.mark.parametrize("late", [GOOD_FOR - 5, GOOD_FOR + 5])
def test_a_code_is_good_for_a_quarter_of_an_hour(
    bot: Account, ann: User, peer: Peer, late: int
) -> None:
    write(bot, f"/start {make_code(ann, bot)}", late=late)

    assert Destination.objects.exists() is (late < GOOD_FOR)
    assert ("15 minutes" in peer.texts("5")[0]) is (late > GOOD_FOR)


@pytest.mark.parametrize("code", ["", "x", "A" * 64, "__--__--"])
def test_a_wrong_code_gets_a_sentence(bot: Account, peer: Peer, code: str) -> None:
    assert write(bot, f"/start {code}")

    [said] = peer.texts("5")
    assert said.endswith(".")
    assert not Destination.objects.exists()


def test_a_code_that_was_changed_anywhere_is_wrong(bot: Account, ann: User, peer: Peer) -> None:
    code = make_code(ann, bot)
    for at in range(0, len(code) - 1, 7):
        other = "A" if code[at] != "A" else "B"
        write(bot, f"/start {code[:at]}{other}{code[at + 1 :]}")

    assert not Destination.objects.exists()


def test_a_code_for_another_bot_and_one_of_somebody_who_left_are_wrong(
    bot: Account, ann: User, peer: Peer
) -> None:
    other = Account.objects.create(kind="telegram", name="other", settings=peer.account())
    write(bot, f"/start {make_code(ann, other)}")
    code = make_code(ann, bot)
    User.objects.update(is_active=False)
    write(bot, f"/start {code}")

    assert len(peer.texts("5")) == 2
    assert not Destination.objects.exists()


def test_a_chat_that_was_disabled_is_woken(bot: Account, ann: User) -> None:
    write(bot, f"/start {make_code(ann, bot)}")
    Destination.objects.update(state="disabled", disabled_reason="blocked")
    write(bot, f"/start {make_code(ann, bot)}")

    made = Destination.objects.get()
    assert (made.state, made.disabled_reason) == ("active", "")


def test_what_is_no_start_is_left_to_others(bot: Account) -> None:
    assert not write(bot, "BUY BTCUSDT")
    assert not write(bot, "/started")
    assert not Job.objects.exists()


def test_the_answer_waits_for_telegram_and_the_chat_is_connected_meanwhile(
    bot: Account, ann: User, peer: Peer
) -> None:
    peer.say("5", wait(3))
    write(bot, f"/start {make_code(ann, bot)}")

    job = Job.objects.get()
    assert (job.state, Destination.objects.count()) == ("waiting", 1)
    assert job.due is not None

    peer.say("5", BLOCKED)
    Job.objects.update(due=timezone.now() - timedelta(seconds=1))
    run_jobs()
    job.refresh_from_db()
    assert job.state == "done"
