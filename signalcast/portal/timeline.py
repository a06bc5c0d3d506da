"""From the request to the last subscriber: when each step of a revision was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from signalcast.delivery.models import Delivery
from signalcast.delivery.states import DeliveryState
from signalcast.signals.models import Revision


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a revision, and how long after its request."""

    name: str
    at: datetime
    milliseconds: int


def timeline(
    revisions: Sequence[Revision], deliveries: QuerySet[Delivery]
) -> dict[int, list[Step]]:
    """The steps of each revision, by its number. One statement for all.

    DELIVERIES are those of the signal that the reader may see. All times are the database's.
    """
    sent = Q(state=DeliveryState.SENT)
    ends = {
        row["number"]: row
        for row in deliveries.values("number")
        .annotate(
            first=Min("finished_at", filter=sent),
            last=Max("finished_at", filter=sent),
            count=Count("pk", filter=sent),
        )
        .order_by()
    }
    return {one.number: _steps(one, ends.get(one.number, {})) for one in revisions}


def _steps(revision: Revision, ends: Mapping[str, Any]) -> list[Step]:
    receipt = revision.receipt
    post = getattr(revision, "post", None)
    named = [
        (_("Received"), receipt and receipt.received_at),
        (_("Decided"), receipt and receipt.decided_at),
        (_("Fanned out"), post and post.fanned_out_at),
        (_("First sent"), ends.get("first")),
    ]
    if ends.get("count", 0) != 1:
        named.append((_("Last sent"), ends.get("last")))
    told = [(name, at) for name, at in named if at]
    if not told:
        return []
    began = told[0][1]
    return [Step(name, at, round((at - began).total_seconds() * 1_000)) for name, at in told]
