"""Transactions that gave way to others are tried again, by whoever began them."""

from __future__ import annotations

import pytest
from django.db import OperationalError, transaction

from signalcast.core.retry import TRIES, retried

pytestmark = pytest.mark.django_db(transaction=True)


class Race:
    """Loses so many times."""

    def __init__(self, losses: int) -> None:
        self.calls, self._losses = 0, losses

    def run(self) -> int:
        """One transaction."""
        self.calls += 1
        if self.calls <= self._losses:
            raise OperationalError("database is locked")
        return self.calls


def test_what_lost_a_race_is_tried_again_for_a_while() -> None:
    assert retried(Race(2).run) == 3
    race = Race(TRIES)
    with pytest.raises(OperationalError):
        retried(race.run)
    assert race.calls == TRIES


def test_within_a_transaction_the_whole_of_it_is_tried_again() -> None:
    race = Race(2)

    @transaction.atomic
    def whole() -> int:
        return retried(race.run)

    assert retried(whole) == 3
