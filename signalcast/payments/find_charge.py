"""The charge that a provider speaks of, by any of its names."""

from __future__ import annotations

from signalcast.payments.models import Charge, PaymentName


def find_charge(gateway: str, payment: str) -> Charge | None:
    """The charge of a payment; None while nothing is known of it."""
    names = PaymentName.objects.filter(gateway=gateway, alias=payment)
    known = [payment, *names.values_list("payment", flat=True)]
    return Charge.objects.filter(gateway=gateway, external_id__in=known).first()


def names_of(charge: Charge) -> list[str]:
    """Every name that its provider has for a payment."""
    if not charge.external_id:
        return []
    others = PaymentName.objects.filter(gateway=charge.gateway, payment=charge.external_id)
    return [charge.external_id, *others.values_list("alias", flat=True)]
