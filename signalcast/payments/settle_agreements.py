"""Providers charge for what goes on here, and for nothing else."""

from __future__ import annotations

from django.db.models import F, Q

from signalcast.core import events
from signalcast.payments.gateways.base import AgreementState, GatewayError
from signalcast.payments.gateways.registry import gateway, names
from signalcast.payments.models import Agreement
from signalcast.plans.states import CURRENT, ENTITLING

_OVER = ~Q(subscription__state__in=CURRENT)
_OF_ANOTHER_PLAN = ~Q(subscription__plan=F("plan"))
_TO_END = Q(ends_with_period=False) & (
    Q(subscription__cancel_at_period_end=True) | _OF_ANOTHER_PLAN
)
#: A person here took back what the provider was the first to say.
_TO_GO_ON = Q(
    ends_with_period=True,
    followed_end=True,
    subscription__cancel_at_period_end=False,
    subscription__state__in=ENTITLING,
    subscription__plan=F("plan"),
)


def settle_agreements() -> int:
    """Have providers end what ended here, and go on with what goes on. Returns how many.

    What a provider does about it, it tells as an event; one that is away is asked again next time.
    """
    going_on = Agreement.objects.filter(gateway__in=names(), subscription__isnull=False)
    rows = going_on.exclude(state=AgreementState.ENDED).select_related("subscription")
    found = rows.filter(_OVER | _TO_END | _TO_GO_ON)
    return sum(_settled(agreement) for agreement in found)


def _settled(agreement: Agreement) -> bool:
    way, name = gateway(agreement.gateway), agreement.external_id
    over = agreement.subscription is None or agreement.subscription.state not in CURRENT
    try:
        if over or not agreement.ends_with_period:
            way.end_agreement(name, at_once=over)
        else:
            way.resume_agreement(name)
    except GatewayError as problem:
        events.warn("agreement.not_settled", agreement=name, reason=str(problem))
        return False
    events.emit("agreement.settled", agreement=name, over=over)
    return True
