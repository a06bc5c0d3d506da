"""How much is in hand at a time."""

from __future__ import annotations

import pytest

from signalcast.channels.apprise.load import (
    MOST,
    MOST_AT_A_SERVER,
    MOST_HANGING,
    MOST_OF_A_SCHEME,
    Busy,
    Hanging,
    Load,
    Ticket,
)


def fill(load: Load, scheme: str, count: int) -> list[Ticket]:
    return [load.begin(scheme, f"server-{number}") for number in range(count)]


def test_a_server_a_scheme_and_all_have_their_bounds() -> None:
    load = Load()
    at_one = [load.begin("json", "a") for _ in range(MOST_AT_A_SERVER)]
    with pytest.raises(Busy):
        load.begin("json", "a")
    for ticket in at_one:
        load.end(ticket)

    for scheme in ("json", "slack", "ntfy"):
        fill(load, scheme, MOST_OF_A_SCHEME)
        with pytest.raises(Busy):
            load.begin(scheme, "another")
    assert MOST_OF_A_SCHEME * 3 == MOST
    with pytest.raises(Busy):
        load.begin("pover", "another")


def test_a_scheme_that_hangs_is_refused_and_others_go_on() -> None:
    load = Load()
    for ticket in fill(load, "json", MOST_OF_A_SCHEME):
        load.abandon(ticket)

    with pytest.raises(Hanging):
        load.begin("json", "another")
    load.begin("slack", "a")


def test_too_much_that_hangs_ends_the_helper_once_nothing_else_is_in_hand() -> None:
    load = Load()
    live = load.begin("ntfy", "a")
    hanging = fill(load, "json", MOST_OF_A_SCHEME)
    hanging += fill(load, "slack", MOST_HANGING - MOST_OF_A_SCHEME)
    for ticket in hanging:
        load.abandon(ticket)

    assert not load.only_hanging()
    with pytest.raises(Hanging):
        load.begin("ntfy", "b")
    load.end(live)
    assert load.only_hanging()


def test_what_ends_makes_room() -> None:
    load = Load()
    tickets = [load.begin("json", "a") for _ in range(MOST_AT_A_SERVER)]
    load.abandon(tickets[0])
    with pytest.raises(Hanging):
        load.begin("json", "a")
    load.end(tickets[0])

    load.begin("json", "a")
