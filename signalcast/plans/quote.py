"""What a plan costs somebody first, by the server's own prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from signalcast.plans.models import Coupon, Plan, Redemption
from signalcast.plans.states import Refused


@dataclass(frozen=True, slots=True)
class Quote:
    """Minor units of the plan's currency. `total` is the first payment, `price` each other."""

    price: int
    discount: int
    currency: str
    coupon: Coupon | None = None

    @property
    def total(self) -> int:
        """What the first payment has to bring."""
        return self.price - self.discount


def quote(plan: Plan, *, user_id: int | None, code: str, at: datetime) -> Quote:
    """The price of PLAN at that moment, less what the coupon of that CODE takes off.

    Without a user, what only he could be refused for is left out. Raises Refused.
    """
    coupon = _coupon(plan, code, user_id, at) if code.strip() else None
    discount = discount_of(coupon, plan) if coupon else 0
    return Quote(plan.price, discount, plan.currency, coupon)


def normal_code(code: str) -> str:
    """The one spelling of a code."""
    return code.replace("\0", "").strip().upper()


def discount_of(coupon: Coupon, plan: Plan) -> int:
    """Minor units that it takes off the plan's price, never more than that; a percentage's
    fraction of a unit is the buyer's."""
    if coupon.percent is not None:
        return min(-(-plan.price * coupon.percent // 100), plan.price)
    return min(coupon.amount or 0, plan.price)


def _coupon(plan: Plan, code: str, user_id: int | None, at: datetime) -> Coupon:
    coupon = Coupon.objects.filter(code=normal_code(code), is_archived=False).first()
    if coupon is None:
        raise Refused(_("There is no such coupon. Check its spelling, or leave it out."))
    if coupon.valid_from and at < coupon.valid_from:
        raise Refused(_("The coupon is not good yet. Come back later, or leave it out."))
    if coupon.valid_until and at >= coupon.valid_until:
        raise Refused(_("The coupon is not good any more. Leave it out."))
    if coupon.max_redemptions is not None and coupon.redeemed >= coupon.max_redemptions:
        raise Refused(used_up())
    if coupon.amount is not None and coupon.currency != plan.currency:
        raise Refused(
            _("The coupon is for prices in %(currency)s. Leave it out.")
            % {"currency": coupon.currency}
        )
    only = set(coupon.plans.values_list("pk", flat=True))
    if not plan.price or (only and plan.pk not in only):
        raise Refused(_("The coupon is not for this plan. Choose another plan, or leave it out."))
    used = Redemption.objects.filter(coupon=coupon, user=user_id)
    if coupon.once_per_user and user_id is not None and used.exists():
        raise Refused(used_by_you())
    return coupon


def used_up() -> str:
    """The sentence about a coupon that was redeemed as often as it may be."""
    return _("The coupon is used up. Leave it out.")


def used_by_you() -> str:
    """The sentence about a coupon that is good once for each."""
    return _("You have used this coupon already. Leave it out.")
