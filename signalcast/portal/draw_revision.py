"""The picture of a revision."""

from __future__ import annotations

from decimal import Decimal

from django.utils.safestring import SafeString

from signalcast.portal.draw_levels import draw_levels, levels_of
from signalcast.signals.models import Revision


def draw_revision(revision: Revision) -> SafeString:
    """Its levels as SVG, with the numbers as they were posted."""
    levels = levels_of(
        entries=[Decimal(entry) for entry in revision.entries],
        stop=revision.stop_loss,
        targets=[
            target.price
            for target in sorted(revision.targets.all(), key=lambda target: target.position)
            if target.price is not None
        ],
        exit_price=revision.exit_price,
    )
    return draw_levels(levels, side=revision.side)
