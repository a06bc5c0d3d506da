"""Tell processes what to do: one, those of a role or a host, or all."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from signalcast.accounts.audit import audit
from signalcast.pipeline import SERVERS
from signalcast.work.living import living
from signalcast.work.models import ProcessBeat
from signalcast.work.order import order

Order = ProcessBeat.Order

#: What the audit log calls each order.
ACTIONS = {
    Order.DRAIN: "processes.drained",
    Order.RESUME: "processes.resumed",
    Order.RESTART: "processes.restarted",
    Order.RETIRE: "processes.retired",
}


@dataclass(frozen=True, slots=True)
class Whom:
    """Which processes; what is empty leaves it open, and all empty are the fleet."""

    host: str = ""
    role: str = ""
    name: str = ""

    def __str__(self) -> str:
        named = {"host": self.host, "role": self.role, "process": self.name}
        return " ".join(f"{key}={value}" for key, value in named.items() if value) or "fleet"

    def living(self, what: Order) -> QuerySet[ProcessBeat]:
        """Those of them that beat and can follow an order.

        A server claims no rows and is needed to take an order back: it can only be restarted.
        """
        wanted = {"host": self.host, "role": self.role, "name": self.name}
        found = living().filter(**{key: value for key, value in wanted.items() if value})
        return found if what is Order.RESTART else found.exclude(role__in=SERVERS)


def tell_processes(what: Order, whom: Whom, *, by: str) -> int:
    """Have them follow at their next beat, within ten seconds. Returns how many were told.

    An order that was not heard yet is replaced. What is in hand is finished first.
    """
    with transaction.atomic():
        count = order(what, whom.living(what), by=by)
        if count:
            audit(ACTIONS[what], by=by, target=str(whom), count=count)
    return count
