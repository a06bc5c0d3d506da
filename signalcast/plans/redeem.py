"""Use a coupon, and give the use back where nothing came of it."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from signalcast.core import events
from signalcast.plans.models import Coupon, Redemption, Subscription
from signalcast.plans.quote import Quote, used_by_you, used_up
from signalcast.plans.states import Refused


def redeem(quote: Quote, subscription: Subscription) -> None:
    """Count the use of the quote's coupon for a subscription. Call it in its transaction.

    However many do at once, it is never used more often than it may be. Raises Refused.
    """
    coupon = quote.coupon
    if coupon is None:
        return
    left = Q(max_redemptions=None) | Q(redeemed__lt=F("max_redemptions"))
    if not Coupon.objects.filter(left, pk=coupon.pk).update(redeemed=F("redeemed") + 1):
        raise Refused(used_up())
    once = f"{coupon.pk}:{subscription.user_id}" if coupon.once_per_user else None
    try:
        with transaction.atomic():
            Redemption.objects.create(
                coupon=coupon,
                user_id=subscription.user_id,
                subscription=subscription,
                discount=quote.discount,
                currency=quote.currency,
                once_key=once,
            )
    except IntegrityError:
        raise Refused(used_by_you()) from None
    events.emit("coupon.redeemed", coupon=coupon.code, subscription=subscription.pk)


def give_back(subscription: Subscription) -> None:
    """Take back the uses of a subscription that was never paid. Call it in its transaction."""
    for redemption in list(subscription.redemptions.all()):
        Coupon.objects.filter(pk=redemption.coupon_id, redeemed__gt=0).update(
            redeemed=F("redeemed") - 1
        )
        redemption.delete()
