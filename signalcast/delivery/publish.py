"""The workers' step: decide receipts, post what they make, and fan it out."""

from __future__ import annotations

import time

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from signalcast.core import events
from signalcast.core.retry import retried
from signalcast.core.wake import ring
from signalcast.delivery.fan_out import fan_out
from signalcast.delivery.models import Post
from signalcast.delivery.post import post
from signalcast.intake.models import Receipt
from signalcast.intake.states import ReceiptState
from signalcast.pipeline import CLAIM_RECEIPTS, CRASHES_TO_PARK, LEASE_RENEWAL, PUBLISH
from signalcast.signals.decide import Decision, decide
from signalcast.signals.revise import AlreadyRevised
from signalcast.work.claim import Claimed, claim, due
from signalcast.work.complete import complete
from signalcast.work.park import park
from signalcast.work.release import release
from signalcast.work.renew import renew

#: Seconds one bell keeps a worker busy; then it rings again, so that other queues get their turn.
LONGEST_TURN = 5.0
#: Seconds until a receipt is looked at again that has to wait for an earlier one.
AFTER_AN_EARLIER_ONE = 0.1


class LostLease(Exception):
    """The receipt was taken over in between: nothing of this decision may stay."""


class TooEarly(Exception):
    """An earlier revision of the same signal is still being fanned out."""


def publish() -> int:
    """Work off due receipts until none is left or the turn is over. Returns how many it took."""
    taken = 0
    until = time.monotonic() + LONGEST_TURN
    while time.monotonic() < until and due(Receipt):
        claimed = claim(Receipt, CLAIM_RECEIPTS)
        if len(claimed) == CLAIM_RECEIPTS:
            ring(PUBLISH)  # there is more than one worker's share
        _work_off(claimed)
        taken += len(claimed)
        if not claimed:
            return taken
    if due(Receipt):
        ring(PUBLISH)
    return taken


def _work_off(claimed: list[Claimed]) -> None:
    renewed = time.monotonic()
    for index, row in enumerate(claimed):
        if time.monotonic() - renewed > LEASE_RENEWAL:
            renew(Receipt, claimed[index:])
            renewed = time.monotonic()
        _publish_one(row)


def _publish_one(row: Claimed) -> None:
    """Decide one receipt. Whatever happens to it, the others go on."""
    receipt = Receipt.objects.select_related("source__feed").get(pk=row.id)
    try:
        if _has_to_wait(receipt):
            release(Receipt, [row], after=AFTER_AN_EARLIER_ONE)
            return
        for unfinished in retried(lambda: _decide_and_post(receipt, row)):
            while not fan_out(unfinished):
                renew(Receipt, [row])
        complete(Receipt, [row])
    except (TooEarly, AlreadyRevised):
        release(Receipt, [row], after=AFTER_AN_EARLIER_ONE)
    except LostLease:
        events.warn("receipt.lost", receipt=str(row.id))
    except Exception as error:  # one receipt's fault must not stop the others
        _set_back(receipt, row, error)


def _has_to_wait(receipt: Receipt) -> bool:
    """Whether an earlier receipt about the same thing is not decided yet."""
    return (
        receipt.thread is not None
        and Receipt.objects.filter(
            Q(due__isnull=False) | Q(leased_until__isnull=False),
            source=receipt.source,
            thread=receipt.thread,
            pk__lt=receipt.pk,
        ).exists()
    )


def _decide_and_post(receipt: Receipt, row: Claimed) -> list[Post]:
    """Decide, post and fan out in one transaction. Returns posts that need further chunks."""
    with transaction.atomic():
        if receipt.state == ReceiptState.RECEIVED:
            decision = decide(receipt, approved=receipt.approved_by_id is not None)
            posts = post_all(decision)
            changes = _outcome(decision)
        else:  # decided by a process that died while fanning out
            posts = list(Post.objects.filter(revision__receipt=receipt, fanned_out_at=None))
            changes = {}
        unfinished = [made for made in posts if not fan_out(made)]
        if unfinished:
            kept = Receipt.objects.filter(pk=row.id, generation=row.generation).update(**changes)
        else:
            kept = complete(Receipt, [row], **changes)
        if not kept:
            raise LostLease(str(row.id))
    return unfinished


def post_all(decision: Decision) -> list[Post]:
    """The posts of a decision, in order. Raises TooEarly when one has to wait."""
    for revised in decision.revisions:
        if (
            revised.revision.number > 1
            and Post.objects.filter(signal=revised.signal, fanned_out_at=None).exists()
        ):
            raise TooEarly(str(revised.signal.pk))
    return [post(revised) for revised in decision.revisions]


def _outcome(decision: Decision) -> dict[str, object]:
    state = ReceiptState.DECIDED
    if decision.review:
        state = ReceiptState.REVIEW
    elif decision.ignored:
        state = ReceiptState.IGNORED
    return {
        "state": state,
        "reason": decision.review or decision.ignored,
        "thread": None,
        "decided_at": Now(),
    }


def _set_back(receipt: Receipt, row: Claimed, error: Exception) -> None:
    """Try again soon; the third time park it where a person finds it."""
    events.warn("receipt.failed", receipt=str(row.id), error=repr(error))
    tries = receipt.tries + 1
    if tries >= CRASHES_TO_PARK:
        park(Receipt, [row], reason=_("It failed %(tries)s times: %(error)s") % {
            "tries": tries, "error": error,
        })  # fmt: skip
    else:
        release(Receipt, [row], after=1.0, tries=tries)
