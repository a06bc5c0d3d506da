"""One line of qualifiers is understood, or answered with a sentence that helps."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalcast.ops.jobs.query import QUALIFIERS, STATES, Query, WrongQuery, read_query
from signalcast.pipeline import Queue


def test_a_line_of_all_qualifiers_is_understood() -> None:
    query = read_query(
        'state:parked name:announce queue:default tag:x tag:y arg.feed:crypto arg.a.b:"c d" '
        'error:"time out" after:2026-11-01 before:2026-11-02T08:00+02:00 plain "two words"'
    )

    assert (query.state, query.name, query.queue) == ("parked", "announce", Queue.DEFAULT)
    assert query.tags == ("x", "y")
    assert query.arguments == ((("feed",), "crypto"), (("a", "b"), "c d"))
    assert query.error == "time out"
    assert query.after == datetime(2026, 11, 1, tzinfo=UTC)
    assert query.before == datetime(2026, 11, 2, 6, tzinfo=UTC)
    assert query.words == ("plain", "two words")


def test_a_leading_minus_turns_a_condition_round_as_often_as_it_stands() -> None:
    query = read_query(
        "-name:prune* -name:announce -tag:by-hand -state:failed -queue:default -id:17 "
        '-error:"time out" -arg.a.b:c name:a*b "-word" name-of-it'
    )

    assert query.without == (
        Query(name="prune*"), Query(name="announce"), Query(tags=("by-hand",)),
        Query(state="failing"), Query(queue=Queue.DEFAULT), Query(id=17),
        Query(error="time out"), Query(arguments=((("a", "b"), "c"),)),
    )  # fmt: skip
    assert (query.name, query.words) == ("a*b", ("-word", "name-of-it"))
    assert read_query("name:-x").name == "-x"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("class:x", f"There is no qualifier class:. There are: {', '.join(QUALIFIERS)}."),
        ("http://example.org", "Words with a colon go into quotation marks."),
        ("arg.:x", "There is no qualifier arg.:."),
        ("arg.a.b.c.d.e:x", "There is no qualifier"),
        ("state:lost", f"There is no state lost. There are: {', '.join(STATES)}."),
        ("queue:urgent", "There is no queue urgent. There are: high, default, notifications."),
        ("name:", "Nothing stands after name:"),
        ("name:a name:b", "name: can stand only once."),
        ('error:"time out', "A quotation mark is missing"),
        ("after:yesterday", "after:yesterday cannot be read. Write 10m"),
        ("after:2026-02-30", "after:2026-02-30 cannot be read"),
        ("before:0001-01-01T00:00+14:00", "cannot be read"),
        ("before:999999d", "cannot be read"),
        ("id:-1", "-1 is no job's number."),
        ("id:99999999999999999999999999", "is no job's number."),
        ("id:9223372036854775808", "is no job's number."),
        ("id:\u0663", "is no job's number."),
        ("-class:x", "There is no qualifier class:."),
        ("--name:x", "There is no qualifier --name:."),
        ("-:x", "There is no qualifier -:."),
        ("-name:", "Nothing stands after -name:"),
        ("-state:lost", "There is no state lost."),
        ("-queue:urgent", "There is no queue urgent."),
        ("-id:x", "x is no job's number."),
        ("-after:2d", "-after: has no opposite of its own: write before: instead."),
        ("-before:2d", "write after: instead."),
        ("-prune", "A minus goes before a qualifier, as in -name:prune*."),
        ('-"time out"', "A minus goes before a qualifier"),
        ("-", "goes into quotation marks."),
        ("-tag:x " * 21, "A search has 20 conditions at most."),
        ("x" * 501, "A search has 500 characters at most."),
        ("x " * 21, "A search has 20 conditions at most."),
    ],
)
def test_what_is_wrong_is_said_with_what_there_is(line: str, sentence: str) -> None:
    with pytest.raises(WrongQuery) as wrong:
        read_query(line)
    assert sentence in str(wrong.value)


def test_other_words_for_states_are_understood() -> None:
    assert (
        read_query("state:running").state
        == read_query("STATE:x".lower().replace("x", "hand")).state
    )
    assert read_query("state:Failed").state == "failing"


@given(st.text(max_size=80) | st.text(alphabet='ab:."* \0\ud800arg-', max_size=40))
def test_any_line_is_read_or_refused(line: str) -> None:
    try:
        query = read_query(line)
    except WrongQuery:
        return
    assert read_query(query.text) == query
