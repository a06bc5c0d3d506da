"""Pay back what was paid, in part or in full."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from signalcast.accounts.audit import audit
from signalcast.core.money import told
from signalcast.core.retry import retried
from signalcast.core.wake import ring_after_commit
from signalcast.payments.gateways.base import GatewayError, RefundState, Unreachable
from signalcast.payments.gateways.registry import gateway
from signalcast.payments.models import Charge, Refund
from signalcast.payments.settle import settle
from signalcast.payments.settle_right import settle_right
from signalcast.payments.take_turn import take_turn
from signalcast.pipeline import RUN_JOBS, Queue
from signalcast.plans.states import Refused
from signalcast.work.models import Job

#: The job that asks the provider.
JOB = "send_refund"


def refund(pk: UUID, amount: int, *, by: str, reason: str) -> Refund:
    """Pay back AMOUNT minor units of a charge. BY is an e-mail address.

    The right that it paid for is withdrawn at once where nothing is left of it. Never more than
    was paid goes back, however many ask at once. A provider is asked by a job; where people pay
    back by hand it counts as done. Raises Refused.
    """

    def act() -> Refund:
        with transaction.atomic():
            return _refund(pk, amount, by, " ".join(reason.split())[:500])

    return retried(act)


def _refund(pk: UUID, amount: int, by: str, reason: str) -> Refund:
    found = Charge.objects.filter(pk=pk).first()
    if found is None or found.state != Charge.State.PAID:
        raise Refused(_("It was not paid, so that nothing goes back."))
    take_turn(found.gateway)
    left = found.amount - gone(found)
    if not 0 < amount <= left:
        raise Refused(_("Give an amount up to %s.") % told(left, found.currency))
    made = Refund.objects.create(
        gateway=found.gateway,
        payment=found.external_id or "",
        charge=found,
        amount=amount,
        currency=found.currency,
        reason=reason,
        by=by,
    )
    audit(
        "payments.refunded",
        by=by,
        target=str(found.pk),
        amount=told(amount, found.currency),
        reason=reason,
    )
    if gateway(found.gateway).by_hand:
        _ask(made)
    else:
        Job.objects.create(name=JOB, queue=Queue.DEFAULT, arguments={"refund": str(made.pk)})
        ring_after_commit(RUN_JOBS)
    settle_right(found.subscription_id)
    return made


def gone(charge: Charge) -> int:
    """Minor units that went back or are about to."""
    refunds = charge.refunds.exclude(state=RefundState.FAILED)
    return refunds.aggregate(sum=Sum("amount"))["sum"] or 0


def send_refund(refund: str) -> None:
    """Ask the provider for a refund. Again, it is the same one there.

    Raises Unreachable, so that the job is tried again; what the provider refuses has failed.
    """
    row = Refund.objects.get(pk=refund)
    if row.state != RefundState.PENDING or row.external_id:
        return
    try:
        fact = gateway(row.gateway).refund(row.payment, row.amount, row.currency, key=str(row.pk))
    except Unreachable:
        raise
    except GatewayError as problem:
        _fail(row, str(problem))
        return
    with transaction.atomic():
        take_turn(row.gateway)
        settle(fact, row.gateway)


def _ask(row: Refund) -> None:
    fact = gateway(row.gateway).refund(row.payment, row.amount, row.currency, key=str(row.pk))
    settle(fact, row.gateway)


def _fail(row: Refund, reason: str) -> None:
    with transaction.atomic():
        take_turn(row.gateway)
        waiting = Refund.objects.filter(pk=row.pk, state=RefundState.PENDING, external_id=None)
        words = f"{row.reason} ({reason})" if row.reason else reason
        waiting.update(state=RefundState.FAILED, reason=words[:500])
        if row.charge:
            settle_right(row.charge.subscription_id)
