"""The doors with a committer that answers at once: what authentication and checking cost alone."""

from __future__ import annotations

from collections.abc import Sequence

from signalcast.asgi import Site
from signalcast.intake.doors import Doors
from signalcast.intake.new_receipt import NewReceipt, Outcome, Status
from signalcast.ops.health.probes import Probes


class Instant:
    """Accepts everything and stores nothing."""

    async def accept(self, receipts: Sequence[NewReceipt], *, within: float = 0) -> list[Outcome]:
        """An outcome for each receipt, at once."""
        return [Outcome(receipt.id, Status.ACCEPTED) for receipt in receipts]


class Echo(Site):
    """The web application without its committer."""

    def _start(self) -> None:
        self.doors = Doors(Instant())
        self.probes = Probes()

    async def _stop(self) -> bool:
        self.doors.close()
        self.probes.close()
        return True


application = Echo()
