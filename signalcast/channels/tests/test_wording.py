"""What people read: all of a signal's numbers as they are, in our words or the owner's."""

from __future__ import annotations

from typing import Any

import pytest

from signalcast.channels.base import Content, WordingTexts
from signalcast.channels.wording import TooLong, WrongWording, check, examples, ours, types, word


def signal(**changes: Any) -> Content:
    content = next(iter(examples("signal.published")))
    content.data["signal"] |= changes
    return content


def said(content: Content, **options: Any) -> str:
    return str(word(content, **({"kind": "telegram", "language": "en"} | options)))


@pytest.mark.parametrize("type_", types())
def test_our_own_wordings_are_ones_that_an_owner_could_save(type_: str) -> None:
    assert check(type_, *ours(type_)).subject


def test_a_signal_is_told_with_all_its_levels() -> None:
    assert said(signal()) == (
        "BUY BTCUSDT\n\nCrypto · 1h\n\nEntry: 64250.5 \u2013 64100 (limit)\nStop loss: 63000\n"
        "Target 1: 65000\nTarget 2: 66000\nLeverage: 5x\n\nHalf the usual size."
    )


@pytest.mark.parametrize(
    ("language", "first", "words"),
    [
        ("de", "KAUFEN BTCUSDT", ("Einstieg: 64250.5", "Stop-Loss: 63000", "Ziel 2: 66000")),
        ("es", "COMPRAR BTCUSDT", ("Entrada: 64250.5", "Stop loss: 63000", "Objetivo 2: 66000")),
        ("ru", "ПОКУПКА BTCUSDT", ("Вход: 64250.5", "Стоп-лосс: 63000", "Цель 2: 66000")),
    ],
)
def test_a_subscriber_reads_in_the_own_language(
    language: str, first: str, words: tuple[str, ...]
) -> None:
    text = said(signal(), language=language)

    assert text.splitlines()[0] == first
    assert all(one in text for one in words)


@pytest.mark.parametrize("type_", [one for one in types() if one != "announcement.published"])
def test_every_type_of_message_differs_from_language_to_language(type_: str) -> None:
    content = next(iter(examples(type_)))
    told = {said(content, language=language) for language in ("en", "de", "es", "ru")}

    assert len(told) == 4


def test_a_language_that_we_do_not_speak_is_told_in_english() -> None:
    assert said(signal(), language="fi") == said(signal(), language="")


def test_markup_in_a_comment_is_told_as_it_was_written() -> None:
    assert "<b>*{{ 1+1 }}*</b>" in said(signal(comment="<b>*{{ 1+1 }}*</b>"))


def test_a_comment_is_cut_where_there_is_no_room_and_prices_never() -> None:
    text = said(signal(comment="long " * 1_000), most=300)

    assert len(text) <= 300
    assert "Target 2: 66000" in text
    assert text.endswith("…")


def test_a_message_that_finds_no_room_without_its_comment_is_not_cut() -> None:
    with pytest.raises(TooLong, match="characters"):
        said(signal(comment="long " * 1_000), most=100)


def test_the_owners_own_words_take_the_place_of_ours() -> None:
    content = signal()
    content.wordings = {
        ("", ""): WordingTexts("all {{ signal.symbol }}", ""),
        ("", "de"): WordingTexts("deutsch {{ signal.symbol }}", ""),
        ("email", ""): WordingTexts("mail {{ signal.symbol }}", ""),
    }

    assert said(content) == "all BTCUSDT"
    assert said(content, language="de") == "deutsch BTCUSDT"
    assert said(content, kind="email", language="de") == "mail BTCUSDT"


def test_words_that_fail_all_the_same_are_replaced_by_ours() -> None:
    content = signal()
    content.wordings = {("", ""): WordingTexts("{{ signal.nothing }}", "")}

    assert "BUY BTCUSDT" in said(content)


@pytest.mark.parametrize(
    ("subject", "body", "problem"),
    [
        ("x", "one\n{% if %}", "text, line 2"),
        ("{{ signal.sybol }}", "", "line 1: .*sybol"),
        ("x", "fine\n\n{{ signal.entries + 1 }}", "line 3"),
        ("{{ '' }}", "x", "subject, line 1: It is empty"),
        ("x", "{{ ''.__class__.__mro__ }}", "line 1"),
        ("x", "{% include 'signalcast/settings.py' %}", "line 1"),
        ("x", "{{ 1 / 0 }}", "line 1"),
    ],
)
def test_a_wording_with_an_error_is_refused_with_its_line(
    subject: str, body: str, problem: str
) -> None:
    with pytest.raises(WrongWording, match=problem):
        check("signal.published", subject, body)
