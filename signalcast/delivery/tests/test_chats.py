"""Messages of a Telegram chat become signals, and answers and edits become their revisions."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from signalcast.channels.telegram.tests.bot_api import wrong_type
from signalcast.delivery.publish import publish
from signalcast.delivery.tests.world import World, make_world
from signalcast.feeds.models import Source
from signalcast.intake.models import Receipt
from signalcast.intake.store import store
from signalcast.intake.telegram import receipt_of
from signalcast.signals.models import Revision, Signal
from signalcast.signals.review import approve
from signalcast.work.models import Job

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

CALL = "BUY BTCUSDT 64250 SL 63000 TP 65000"
NOW = timezone.now()
GROUP = {"id": -200, "type": "supergroup", "title": "Talk"}
PRIVATE: dict[str, Any] = {
    "chat": {"id": 5, "type": "private", "first_name": "A"},
    "kind": "message",
}
ANN, BEN = ({"id": at, "is_bot": False, "first_name": name} for at, name in [(1, "A"), (2, "B")])


class Chat:
    """A channel that the desk's source listens to."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._updates = itertools.count(1)
        self._messages = itertools.count(10)

    def tell(self, text: str, kind: str = "channel_post", **more: Any) -> Receipt:
        """Bring a message, and decide on it."""
        message = {
            "message_id": next(self._messages),
            "date": int(NOW.timestamp()),
            "chat": {"id": -100, "type": "channel", "title": "Calls"},
            "text": text,
        } | more
        update = {"update_id": next(self._updates), kind: message}
        assert wrong_type("Update", update) == []
        body = json.dumps(update).encode()
        [outcome] = store([receipt_of(self.world.source.pk, body)])
        publish()
        return Receipt.objects.get(pk=outcome.id)

    def answer(self, to: Receipt, text: str, **more: Any) -> Receipt:
        """Answer an earlier message."""
        return self.tell(text, reply_to_message=message_of(to), **more)

    def edit(self, what: Receipt, text: str, after: int = 60, **more: Any) -> Receipt:
        """Change an earlier message."""
        before = message_of(what)
        changed = {"text": text, "edit_date": before["date"] + after}
        kind = "edited_channel_post" if before["chat"]["type"] == "channel" else "edited_message"
        return self.tell(**(before | changed | more), kind=kind)


def message_of(receipt: Receipt) -> dict[str, Any]:
    update = json.loads(bytes(receipt.body))
    del update["update_id"]
    [message] = update.values()
    return dict(message)


@pytest.fixture
def chat() -> Chat:
    return Chat(make_world())


def told(number: int | None = None) -> Revision:
    """The only signal's newest revision."""
    signal = Signal.objects.get()
    return signal.revisions.get(number=number or signal.revision)


def test_a_message_is_read_by_the_sources_parser(chat: Chat) -> None:
    receipt = chat.tell(CALL)

    assert (receipt.state, receipt.thread) == ("decided", None)
    assert Signal.objects.get().symbol == "BTCUSDT"
    assert (told().entries, told().stop_loss) == (["64250"], Decimal(63000))


def test_words_below_a_picture_are_read_and_a_picture_alone_waits_for_a_person(chat: Chat) -> None:
    photo = [{"file_id": "x", "file_unique_id": "x", "width": 1, "height": 1}]
    below = chat.tell("", caption=CALL, photo=photo)
    alone = chat.tell("", photo=photo)

    assert (below.state, alone.state) == ("decided", "review")
    assert "picture" in alone.reason


def test_talk_is_let_go_and_doubt_goes_to_review(chat: Chat) -> None:
    assert chat.tell("Good morning traders, have a great day!").state == "ignored"
    assert chat.tell("Close now").state == "review"


def test_an_answer_is_about_the_signal_that_it_answers(chat: Chat) -> None:
    first, second = chat.tell(CALL), chat.tell("SELL BTCUSDT 70000 SL 71000 TP 65000")
    assert chat.answer(first, "Close now").state == "decided"

    closed, still_open = Signal.objects.order_by("created_at")
    assert (closed.state, still_open.state) == ("closed", "open")
    assert closed.revisions.get(number=2).comment == "Close now"
    assert second.state == "decided"


@pytest.mark.parametrize("text", ["Move SL to entry", "SL to BE", "move stop loss to breakeven"])
def test_a_stop_is_moved_to_the_entry_of_the_signal(chat: Chat, text: str) -> None:
    assert chat.answer(chat.tell(CALL), text).state == "decided"

    assert (told().kind, told().stop_loss, told().comment) == ("update", Decimal(64250), text)
    assert [target.price for target in told().targets.all()] == [Decimal(65000)]


def test_a_stop_to_the_entry_of_a_signal_with_two_waits_for_a_person(chat: Chat) -> None:
    first = chat.tell("BUY BTCUSDT 64250 - 64000 SL 63000 TP 65000")
    assert first.state == "decided"
    assert chat.answer(first, "Move SL to entry").state == "review"


def test_an_answer_to_an_answer_is_about_the_same_signal(chat: Chat) -> None:
    first = chat.tell(CALL)
    chat.tell("BUY ETHUSDT 3000 SL 2900 TP 3100")
    moved = chat.answer(first, "Move SL to 63500")
    assert chat.answer(chat.answer(moved, "Move SL to 64000"), "close").state == "decided"

    assert [signal.state for signal in Signal.objects.order_by("created_at")] == ["closed", "open"]


def test_an_answer_that_says_nothing_is_let_go(chat: Chat) -> None:
    assert chat.answer(chat.tell(CALL), "Thank you, great trade!").state == "ignored"


def test_an_answer_to_what_is_no_signal_is_read_by_itself(chat: Chat) -> None:
    talk = chat.tell("Good morning traders, have a great day!")
    assert chat.answer(talk, "close").state == "review"
    assert chat.answer(talk, CALL).state == "decided"


def test_an_answer_that_reads_like_another_call_waits_for_a_person(chat: Chat) -> None:
    first = chat.tell(CALL)
    assert chat.answer(first, "BUY BTCUSDT 64100 SL 63000 TP 65500").state == "review"
    chat.answer(first, "close")
    assert chat.answer(first, "BUY BTCUSDT 64100 SL 63000 TP 65500").state == "decided"


def test_an_answer_about_another_instrument_waits_for_a_person(chat: Chat) -> None:
    first = chat.tell(CALL)
    chat.tell("BUY ETHUSDT 3000 SL 2900 TP 3100")
    assert chat.answer(first, "Close ETHUSDT").state == "review"


def test_somebody_elses_answer_in_a_group_waits_for_a_person(chat: Chat) -> None:
    first = chat.tell(CALL, kind="message", chat=GROUP, **{"from": ANN})
    in_group = {"kind": "message", "chat": GROUP}
    assert chat.answer(first, "close", **in_group, **{"from": BEN}).state == "review"
    assert chat.answer(first, "close", **in_group, **{"from": ANN}).state == "decided"


def test_an_edit_that_changes_levels_updates_the_signal(chat: Chat) -> None:
    first = chat.tell(CALL)
    assert chat.edit(first, "BUY BTCUSDT 64250 SL 63100 TP1 65000 TP2 66000").state == "decided"
    assert chat.edit(first, "BUY BTCUSDT 64250 SL 63200 TP 65000").state == "decided"

    assert [(r.kind, r.stop_loss) for r in Revision.objects.order_by("number")] == [
        ("new", Decimal(63000)),
        ("update", Decimal(63100)),
        ("update", Decimal(63200)),
    ]
    assert told().targets.count() == 1


def test_an_edit_takes_away_what_it_no_longer_names(chat: Chat) -> None:
    chat.edit(chat.tell(CALL + " 5x leverage"), CALL)
    assert told(1).leverage == Decimal(5)
    assert told().leverage is None


def test_an_edit_of_words_alone_changes_nothing(chat: Chat) -> None:
    first = chat.tell(CALL)
    again = chat.edit(first, CALL + "\n\n")
    assert (again.state, Revision.objects.count()) == ("ignored", 1)


def test_an_edit_does_not_undo_what_was_changed_meanwhile(chat: Chat) -> None:
    first = chat.tell(CALL)
    chat.answer(first, "Move SL to entry")
    assert chat.edit(first, CALL + "\n\n").state == "ignored"
    assert chat.edit(first, CALL.replace("65000", "65500")).state == "review"
    assert told().stop_loss == Decimal(64250)


def test_an_edit_that_makes_it_another_call_waits_for_a_person(chat: Chat) -> None:
    first = chat.tell(CALL)
    assert chat.edit(first, "SELL BTCUSDT 64250 SL 65000 TP 63000").state == "review"
    assert chat.edit(first, "BUY ETHUSDT 3000 SL 2900 TP 3100").state == "review"


def test_an_edited_answer_changes_the_signal_again(chat: Chat) -> None:
    first = chat.tell(CALL)
    moved = chat.answer(first, "Move SL to 63500")
    assert chat.edit(moved, "Move SL to 63600").state == "decided"
    assert chat.edit(moved, "Move SL to 63600!").state in ("decided", "ignored")
    assert told().stop_loss == Decimal(63600)


def test_an_edit_of_a_close_is_no_news(chat: Chat) -> None:
    closed = chat.answer(chat.tell(CALL), "close")
    assert chat.edit(closed, "close it").state == "ignored"
    assert Signal.objects.get().state == "closed"


def test_a_call_is_corrected_at_once_but_not_found_in_an_old_message(chat: Chat) -> None:
    talk = chat.tell("Good morning traders, have a great day!")
    assert chat.edit(talk, CALL, after=3_600).state == "review"
    assert chat.edit(talk, CALL, after=60).state == "decided"


def test_a_call_counts_from_when_it_was_written(chat: Chat) -> None:
    chat.tell("BUY BTCUSDT now SL 63000 TP 65000", date=int(NOW.timestamp()) - 3_600)

    ends = told().valid_until
    assert ends is not None
    assert abs(ends - (NOW - timedelta(seconds=3_300))) < timedelta(seconds=2)


def test_the_first_chat_with_a_signal_is_the_one_that_counts(chat: Chat) -> None:
    chat.tell("Good morning traders, have a great day!", **PRIVATE)
    chat.tell(CALL)
    stranger = chat.tell(CALL.replace("BTC", "ETH"), **PRIVATE)

    assert Source.objects.get(slug="desk").chats == "-100"
    assert stranger.state == "review"
    assert "add 5 to the source's chats" in stranger.reason

    owner = chat.world.alice.owner
    assert owner is not None
    assert approve(stranger.pk, by=owner)
    publish()
    stranger.refresh_from_db()
    assert stranger.state == "decided"
    assert Source.objects.get(slug="desk").chats == "-100"


def test_a_source_can_listen_to_several_chats(chat: Chat) -> None:
    Source.objects.update(chats="-100 5")
    assert chat.tell(CALL).state == "decided"
    assert chat.tell("SELL BTCUSDT 64250 SL 65000 TP 63000", **PRIVATE).state == "decided"


def test_start_is_answered_by_a_job_and_is_no_signal(chat: Chat) -> None:
    asked = chat.tell("/start abc", **PRIVATE)

    assert asked.state == "ignored"
    job = Job.objects.get()
    assert (job.arguments["chat"], job.arguments["code"]) == (5, "abc")
    assert job.due is not None
