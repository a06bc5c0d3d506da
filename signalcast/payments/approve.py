"""Say that a bank transfer arrived, or that it did not."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from signalcast.accounts.audit import audit
from signalcast.core import clock
from signalcast.core.money import told
from signalcast.core.retry import retried
from signalcast.payments.models import Charge
from signalcast.payments.receive import receive
from signalcast.payments.settle_right import settle_right
from signalcast.payments.take_turn import take_turn
from signalcast.plans.states import Refused

MANUAL = "manual"
WAITING = (Charge.State.OPEN, Charge.State.REVIEW)


def approve(pk: UUID, *, by: str) -> Charge:
    """Note that the money of a charge is there: it is in the books, and the subscription has it.

    However many do so at once, it happens once; the others are Refused.
    """

    def act() -> Charge:
        with transaction.atomic():
            charge = _waiting(pk)
            charge.external_id = str(charge.pk)
            charge.reason = ""
            receive(charge, at=clock.now())
            audit(
                "payments.approved",
                by=by,
                target=charge.reference or str(charge.pk),
                amount=told(charge.amount, charge.currency),
            )
            settle_right(charge.subscription_id)
            return charge

    return retried(act)


def refuse(pk: UUID, *, by: str, reason: str) -> Charge:
    """Note that it is not, with a REASON for whoever wanted to pay. Raises Refused."""
    if not reason.strip():
        raise Refused(_("Give a reason: whoever paid reads it."))

    def act() -> Charge:
        with transaction.atomic():
            charge = _waiting(pk)
            charge.state, charge.open_key = Charge.State.REFUSED, None
            charge.reason = " ".join(reason.split())[:500]
            charge.save()
            audit(
                "payments.refused",
                by=by,
                target=charge.reference or str(charge.pk),
                reason=charge.reason,
            )
            return charge

    return retried(act)


def _waiting(pk: UUID) -> Charge:
    take_turn(MANUAL)
    charge = Charge.objects.select_for_update().filter(pk=pk, gateway=MANUAL).first()
    if charge is None:
        raise Refused(_("There is no such bank transfer."))
    if charge.state not in WAITING:
        raise Refused(_("It was decided on before: it is %s.") % charge.get_state_display())
    return charge
