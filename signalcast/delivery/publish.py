"""The workers' step: take due receipts in hand and publish what they make."""

from __future__ import annotations

import threading
import time

from django.utils.translation import ngettext

from signalcast.core import events, trace
from signalcast.core.wake import ring
from signalcast.delivery.publish_receipt import AFTER_AN_EARLIER_ONE, publish_receipt
from signalcast.intake.models import Receipt
from signalcast.pipeline import CLAIM_RECEIPTS, LEASE_RENEWAL, PUBLISH
from signalcast.work.claim import Claimed, claim, due
from signalcast.work.meter import meter
from signalcast.work.release import release
from signalcast.work.renew import renew
from signalcast.work.tally import tally

#: Seconds one bell keeps a worker busy; then it rings again, so that other queues get their turn.
LONGEST_TURN = 5.0
#: A receipt that is put off behind an earlier one is due again within so many seconds. A worker
#: waits for those, but not for longer than it may take to decide the earlier one: whoever has that
#: in hand finds them when he is done.
SOON = AFTER_AN_EARLIER_ONE + 0.05
STAY = 1.0
LOOK_AGAIN = 0.05


def publish() -> int:
    """Work off due receipts until none is left or the turn is over. Returns how many it took."""
    taken = 0
    pause = threading.Event()
    began = time.monotonic()
    give_up = began + STAY
    while (now := time.monotonic()) < began + LONGEST_TURN:
        if now > give_up or not due(Receipt, within=SOON):
            return taken
        claimed = claim(Receipt, CLAIM_RECEIPTS)
        if not claimed:
            pause.wait(LOOK_AGAIN)
            continue
        if len(claimed) == CLAIM_RECEIPTS:
            ring(PUBLISH)  # there is more than one worker's share
        taken += len(claimed)
        tally.handled += len(claimed)
        tally.doing = ngettext("%(count)d receipt", "%(count)d receipts", len(claimed)) % {
            "count": len(claimed)
        }
        try:
            if _work_off(claimed):
                give_up = time.monotonic() + STAY
        finally:
            tally.doing = ""
    ring(PUBLISH)
    return taken


def _work_off(claimed: list[Claimed]) -> int:
    """Publish rows in hand. Returns how many of them did not have to wait for others."""
    receipts = Receipt.objects.select_related("source__feed").in_bulk(row.id for row in claimed)
    # What took a process down before stands last and alone, so that it takes no other row along.
    rows = sorted(claimed, key=lambda row: receipts[row.id].tries)
    suspects = [row for row in rows if receipts[row.id].tries]
    if len(suspects) > 1:
        release(Receipt, suspects[1:])
        rows = rows[: 1 - len(suspects)]
    done = 0
    renewed = time.monotonic()
    for index, row in enumerate(rows):
        if time.monotonic() - renewed > LEASE_RENEWAL:
            renew(Receipt, rows[index:])
            renewed = time.monotonic()
        receipt = str(row.id)
        with events.about(receipt=receipt), trace.span("publish", receipt=receipt):
            began = time.monotonic()
            if publish_receipt(receipts[row.id], row):
                done += 1
                meter.ran("receipt", receipts[row.id].queue, [time.monotonic() - began])
    return done
