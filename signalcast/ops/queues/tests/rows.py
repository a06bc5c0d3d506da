"""Random rows for tests of what is counted."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from signalcast.delivery.tests.outbox import deliver, post
from signalcast.delivery.tests.world import make_world
from signalcast.ops.health.waits import KINDS, Place
from signalcast.pipeline import Queue
from signalcast.work.models import Job, Work

STATES = ("ready", "later", "in_hand", "parked", "finished")


def put(row: Work, state: str, seconds: int) -> None:
    """Bring ROW into STATE: due SECONDS ago, or in so many seconds."""
    span = timedelta(seconds=seconds)
    found: dict[str, dict[str, Any]] = {
        "ready": {"due": Now() - span},
        "later": {"due": Now() + span},
        "in_hand": {"due": None, "leased_until": Now() + span},
        "parked": {"due": None, "parked_at": Now() - span, "parked_reason": "It failed."},
        "finished": {"due": None},
    }
    type(row)._default_manager.filter(pk=row.pk).update(**found[state])


def random_rows(
    chance: random.Random, count: int
) -> tuple[Counter[tuple[Place, str]], dict[Place, int]]:
    """Make COUNT rows. Returns how many are where, and the age of the oldest due row in seconds."""
    world = make_world()
    counts: Counter[tuple[Place, str]] = Counter()
    oldest: dict[Place, int] = {}
    for number in range(count):
        kind = chance.choice(sorted(KINDS))
        place = Place(kind, chance.choice(list(Queue)))
        state = chance.choice(STATES)
        seconds = chance.randint(30, 5_000)
        row: Work
        if kind == "job":
            row = Job.objects.create(name=f"job{number}", queue=place.queue)
        elif kind == "receipt":
            row = world.receive({"id": str(number)}, queue=place.queue)
        else:
            [row] = deliver(post(world), world.alice, queue=place.queue)
        put(row, state, seconds)
        counts[place, state] += 1
        if state == "ready":
            oldest[place] = max(oldest.get(place, 0), seconds)
    return counts, oldest
