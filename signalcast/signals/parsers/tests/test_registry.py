"""Parsers are found by the names of their folders."""

from __future__ import annotations

import pytest

from signalcast.signals import parsers


def test_every_parser_is_found_by_its_own_name() -> None:
    assert "english" in parsers.names()
    assert [parsers.find(name).name for name in parsers.names()] == parsers.names()


@pytest.mark.parametrize("name", ["klingon", "tests", "english.words", "..draft", ""])
def test_an_unknown_name_is_answered_with_those_there_are(name: str) -> None:
    with pytest.raises(parsers.NoSuchParser, match="english"):
        parsers.find(name)
