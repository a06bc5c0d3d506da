"""Decide one receipt, post what it makes, and fan it out."""

from __future__ import annotations

from typing import Any

from django.db import Error, connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from signalcast.core import events, trace
from signalcast.core.clock import from_now
from signalcast.core.error_text import error_text
from signalcast.core.prepared import prepared, slot
from signalcast.core.printable import printable
from signalcast.core.retry import retried
from signalcast.delivery.fan_out import fan_out
from signalcast.delivery.measures import DECIDED, POSTED
from signalcast.delivery.models import Post
from signalcast.delivery.post import post
from signalcast.intake.models import Receipt
from signalcast.intake.states import ReceiptState
from signalcast.pipeline import CRASHES_TO_PARK, LEASE
from signalcast.signals.decide import Decision, TooEarly, decide
from signalcast.signals.revise import AlreadyRevised
from signalcast.work.change import change
from signalcast.work.claim import Claimed
from signalcast.work.complete import complete
from signalcast.work.meter import meter
from signalcast.work.park import park
from signalcast.work.release import release
from signalcast.work.renew import renew

#: Seconds until a receipt is looked at again that has to wait for an earlier one, and one that
#: failed.
AFTER_AN_EARLIER_ONE = 0.1
AFTER_FAILURE = 1.0
LONGEST_REASON = 1_000


class LostLease(Exception):
    """The receipt was taken over in between: nothing of this decision may stay."""


def publish_receipt(receipt: Receipt, row: Claimed) -> bool:
    """Publish what a receipt in hand makes. Whatever is wrong with it, the others can go on.

    False when it has to wait for an earlier one. Raises django.db.Error when the database is away.
    """
    try:
        if _has_to_wait(receipt):
            raise TooEarly(str(receipt.pk))
        unfinished = retried(lambda: _decide_and_post(receipt, row))
        for made in unfinished:
            _fan_out_to_all(made, row)
        if unfinished:
            complete(Receipt, [row])
    except (TooEarly, AlreadyRevised):
        release(Receipt, [row], after=AFTER_AN_EARLIER_ONE)
        return False
    except LostLease:
        events.warn("receipt.lost", receipt=str(row.id))
    except Exception as error:  # one receipt's fault must not stop the others
        if isinstance(error, Error) and not connection.is_usable():
            raise
        _set_back(receipt, row, error)
    return True


def _has_to_wait(receipt: Receipt) -> bool:
    """Whether an earlier receipt about the same thing is not decided yet."""
    if receipt.thread is None:
        return False
    about = {"source": receipt.source_id, "thread": receipt.thread, "id": receipt.pk}
    return bool(prepared(_earlier).filled(about).rows())


def _earlier() -> QuerySet[Any, Any]:
    return Receipt.objects.filter(
        Q(due__isnull=False) | Q(leased_until__isnull=False),
        source=slot(Receipt, "source"),
        thread=slot(Receipt, "thread"),
        pk__lt=slot(Receipt, "id"),
    ).values_list("pk")[:1]


def _decide_and_post(receipt: Receipt, row: Claimed) -> list[Post]:
    """Decide, post and fan out a first chunk in one transaction. Returns posts that need more."""
    with transaction.atomic():
        changes: dict[str, object] = {}
        if receipt.state == ReceiptState.RECEIVED:
            decision = decide(receipt, approved=receipt.approved_by_id is not None)
            posts = _post_all(decision)
            changes = _outcome(decision)
        else:  # decided by a process that died while fanning out
            posts = list(Post.objects.filter(revision__receipt=receipt, fanned_out_at=None))
        unfinished = [made for made in posts if not fan_out(made)]
        if unfinished:
            kept = change(Receipt, [row], leased_until=from_now(LEASE), **changes)
        else:
            kept = complete(Receipt, [row], **changes)
        if not kept:
            raise LostLease(str(row.id))
        transaction.on_commit(lambda: _tell(changes, posts))
    return unfinished


def _tell(changes: dict[str, object], posts: list[Post]) -> None:
    DECIDED.add(str(changes.get("state", ReceiptState.DECIDED)))
    if posts:
        POSTED.add(by=len(posts))
        trace.annotate(signal=" ".join(str(made.signal_id) for made in posts))
    events.emit(
        "receipt.decided",
        state=str(changes.get("state", ReceiptState.DECIDED)),
        reason=changes.get("reason") or None,
        signal=" ".join(str(made.signal_id) for made in posts) or None,
        recipients=sum(made.recipients for made in posts),
    )


def _post_all(decision: Decision) -> list[Post]:
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


def _fan_out_to_all(made: Post, row: Claimed) -> None:
    """Go on chunk by chunk, and keep the receipt in hand meanwhile."""
    while not retried(lambda: fan_out(made)):
        if not renew(Receipt, [row]):
            raise LostLease(str(row.id))


def _set_back(receipt: Receipt, row: Claimed, error: Exception) -> None:
    """Try again soon; the third time park it where a person finds it."""
    said = error_text(error)
    events.warn("receipt.failed", receipt=str(row.id), error=said)
    meter.failed("receipt", receipt.queue)
    tries = receipt.tries + 1
    if tries < CRASHES_TO_PARK:
        release(Receipt, [row], after=AFTER_FAILURE, tries=tries)
        return
    sentence = _("It failed %(tries)s times: %(error)s") % {
        "tries": tries,
        "error": said,
    }
    park(Receipt, [row], reason=printable(sentence, LONGEST_REASON))
