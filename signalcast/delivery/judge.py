"""What an attempt's result means for its delivery."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from signalcast.channels.base import Outcome, Result
from signalcast.core.clock import now
from signalcast.core.error_text import error_text
from signalcast.core.printable import printable
from signalcast.delivery.posts import TEST
from signalcast.delivery.retry_delay import retry_delay
from signalcast.delivery.sending import Sending
from signalcast.delivery.states import DeliveryState
from signalcast.delivery.verdict import SENT, Verdict, discarded
from signalcast.pipeline import CRASHES_TO_PARK, RETRY_DELAYS, Queue

#: Seconds until a delivery over which our own code failed is tried again.
AFTER_A_CRASH = 1.0


def judge(sending: Sending, result: Result) -> Verdict:
    """The verdict on a delivery after one attempt."""
    if result.outcome is Outcome.ACCEPTED:
        return SENT
    if result.outcome is Outcome.REFUSED:
        return discarded(result.detail, attempt=True)
    if result.outcome is Outcome.WAIT:
        return _again(sending, result, result.wait)
    delay = retry_delay(sending.attempts + 1)
    if delay is None:
        reason = _("Given up after %(count)d attempts. %(detail)s") % {
            "count": len(RETRY_DELAYS) + 1,
            "detail": result.detail,
        }
        return Verdict(
            state=DeliveryState.DISCARDED,
            reason=reason,
            attempt=True,
            maybe_received=result.outcome is Outcome.AMBIGUOUS,
        )
    if result.at_once and sending.attempts == 0:
        delay = 0.0
    return _again(sending, result, delay)


def crashed(tries: int, error: Exception) -> Verdict:
    """The verdict on a delivery over which our own code failed, after so many crashes before."""
    if tries + 1 < CRASHES_TO_PARK:
        return Verdict(after=AFTER_A_CRASH, crashed=True)
    reason = _("Sending it failed %(count)d times: %(error)s. Look at it, then redrive it.")
    return Verdict(
        crashed=True,
        parked=True,
        reason=reason % {"count": CRASHES_TO_PARK, "error": crash_detail(error)},
    )


def crash_detail(error: Exception) -> str:
    """An exception in one short line."""
    return printable(error_text(error), 300)


def _again(sending: Sending, result: Result, after: float) -> Verdict:
    attempt = result.outcome is not Outcome.WAIT
    maybe_received = result.outcome is Outcome.AMBIGUOUS
    ends = sending.valid_until
    if ends is not None and now() + timedelta(seconds=after) >= ends:
        said = (
            _("The test did not arrive: %(detail)s")
            if sending.message.content.type == TEST
            else _("It could not be sent while it was worth something. %(detail)s")
        )
        return Verdict(
            state=DeliveryState.STALE,
            reason=said % {"detail": result.detail},
            attempt=attempt,
            maybe_received=maybe_received,
        )
    return Verdict(
        state=DeliveryState.RETRYING,
        after=after,
        attempt=attempt,
        maybe_received=maybe_received,
        queue=Queue.DEFAULT,
    )
