"""Plans, subscriptions and coupons in the back office."""

from __future__ import annotations

from signalcast.core.back_office import BackOffice, listed
from signalcast.plans.models import (
    Coupon,
    Plan,
    PlanChannel,
    RecurringMove,
    Redemption,
    Reminder,
    Subscription,
    SubscriptionChange,
)


@listed(Plan)
class PlanAdmin(BackOffice):
    """Prices, feeds and channels are changed at /app/plans/, which knows who has the plan."""

    list_display = ("name", "slug", "price", "currency", "interval", "visibility", "order")
    search_fields = ("name", "slug")
    list_filter = ("visibility", "interval")
    editable = ("name", "description", "order")


@listed(PlanChannel)
class PlanChannelAdmin(BackOffice):
    """By what a plan reaches people."""

    list_display = ("plan", "kind")
    list_filter = ("kind",)


@listed(Subscription)
class SubscriptionAdmin(BackOffice):
    """Moved by its table of transitions alone: given and ended at /app/subscribers/."""

    list_display = ("user", "plan", "state", "starts_at", "period_end", "price", "currency")
    search_fields = ("user__email",)
    list_filter = ("state", "plan")


@listed(SubscriptionChange)
class SubscriptionChangeAdmin(BackOffice):
    """The history of all subscriptions."""

    list_display = ("at", "subscription", "plan", "from_state", "to_state", "by")
    list_select_related = ("subscription__user", "subscription__plan")
    by_key = True


@listed(Coupon)
class CouponAdmin(BackOffice):
    """What it takes off is changed at /app/coupons/."""

    list_display = ("code", "percent", "amount", "currency", "redeemed", "max_redemptions")
    search_fields = ("code",)
    list_filter = ("is_archived",)
    editable = ("max_redemptions",)


@listed(Redemption)
class RedemptionAdmin(BackOffice):
    """Who used which coupon."""

    list_display = ("at", "coupon", "user", "discount", "currency")
    search_fields = ("coupon__code", "user__email")


@listed(Reminder)
class ReminderAdmin(BackOffice):
    """Mails that were sent."""

    list_display = ("at", "subscription", "kind", "about")
    list_select_related = ("subscription__user", "subscription__plan")
    by_key = True


@listed(RecurringMove)
class RecurringMoveAdmin(BackOffice):
    """What revenue is made of."""

    list_display = ("at", "subscription", "plan", "kind", "yearly", "currency")
    list_select_related = ("subscription__user", "subscription__plan")
    by_key = True
