"""When each process was last alive, by the database's clock."""

from __future__ import annotations

from django.db.models import DateTimeField
from django.db.models.functions import Now

from signalcast.work.models import ProcessBeat


def beats() -> list[tuple[ProcessBeat, float]]:
    """All known processes, with the seconds since their last beat. One statement.

    A beat of a time that has not come is from before the clock was set back. Who lives beats anew
    within seconds; who does not is as far away as one that stayed behind.
    """
    rows = ProcessBeat.objects.annotate(moment=Now(output_field=DateTimeField()))
    return [(row, abs((row.moment - row.seen_at).total_seconds())) for row in rows.order_by("pk")]
