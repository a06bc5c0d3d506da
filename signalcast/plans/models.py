"""What is sold, and who has bought it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from signalcast.feeds.models import Feed
from signalcast.plans.states import SubscriptionState


class Plan(models.Model):
    """Feeds and channels for a price."""

    class Interval(models.TextChoices):
        MONTH = "month", _("month")
        QUARTER = "quarter", _("quarter")
        YEAR = "year", _("year")
        LIFETIME = "lifetime", _("lifetime")

    class Visibility(models.TextChoices):
        """Who may find it."""

        PUBLIC = "public", _("on the pricing page")
        #: Bought by whoever was given the address.
        HIDDEN = "hidden", _("by its link only")
        #: Nobody can buy it any more; who has it keeps it.
        ARCHIVED = "archived", _("archived")

    slug = models.SlugField(_("slug"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=120)
    #: Plans of one family are alternatives: a user has one of them. Empty: an offer of its own.
    family = models.SlugField(
        _("family"), max_length=64, blank=True, default="", db_default="", db_index=False
    )
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    #: In the currency's minor units. 0: free, without end.
    price = models.PositiveBigIntegerField(_("price"))
    currency = models.CharField(_("currency"), max_length=3)
    interval = models.CharField(_("interval"), max_length=8, choices=Interval.choices)
    trial_days = models.PositiveSmallIntegerField(_("days of trial"), default=0, db_default=0)
    #: Days that it goes on without a payment after the paid period.
    grace_days = models.PositiveSmallIntegerField(_("days of grace"), default=0, db_default=0)
    #: Of one person on one channel; empty: any number.
    destinations_per_channel = models.PositiveSmallIntegerField(
        _("destinations per channel"), null=True, blank=True
    )
    visibility = models.CharField(
        _("visibility"),
        max_length=8,
        choices=Visibility.choices,
        default=Visibility.PUBLIC,
        db_default=Visibility.PUBLIC.value,
    )
    #: Place on the pricing page, lowest first.
    order = models.PositiveSmallIntegerField(_("place"), default=0, db_default=0)
    feeds = models.ManyToManyField(Feed, related_name="plans")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")

    def __str__(self) -> str:
        return self.name

    @property
    def group(self) -> str:
        """The family, or what stands for it where the plan is an offer of its own."""
        return self.family or self.slug

    @property
    def is_endless(self) -> bool:
        """Whether there is never another payment."""
        return not self.price or self.interval == self.Interval.LIFETIME


class PlanChannel(models.Model):
    """One channel that a plan allows."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="channels")
    kind = models.CharField(_("channel"), max_length=16)

    class Meta:
        verbose_name = _("channel of a plan")
        verbose_name_plural = _("channels of plans")
        constraints = [models.UniqueConstraint(fields=["plan", "kind"], name="one_row_a_channel")]

    def __str__(self) -> str:
        return f"{self.plan}: {self.kind}"


class Subscription(models.Model):
    """A user's right to a plan, from a moment to a moment. Only `states.transition` changes it."""

    State = SubscriptionState

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="subscriptions")
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="subscriptions")
    state = models.CharField(
        _("state"), max_length=16, choices=SubscriptionState.choices, default=State.ACTIVE
    )
    #: The right to read begins and ends at these; without an end it lasts.
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    #: What is paid for, or the trial. Empty where nothing is ever due.
    period_start = models.DateTimeField(_("period from"), null=True)
    period_end = models.DateTimeField(_("period until"), null=True)
    trial_ends_at = models.DateTimeField(_("trial until"), null=True)
    #: It ends with its period, without grace and without another payment.
    cancel_at_period_end = models.BooleanField(
        _("ends with its period"), default=False, db_default=False
    )
    #: The plan that it becomes with the next period.
    next_plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="+", db_index=False)
    next_plan_at = models.DateTimeField(_("changes at"), null=True)
    #: What was paid for the running period: what is credited when it is cut short.
    period_paid = models.PositiveBigIntegerField(_("paid"), default=0, db_default=0)
    #: What a period costs, as agreed, and what the next payment has to bring: minor units.
    price = models.PositiveBigIntegerField(_("price"), default=0, db_default=0)
    amount_due = models.PositiveBigIntegerField(_("next payment"), default=0, db_default=0)
    currency = models.CharField(_("currency"), max_length=3, default="", db_default="")
    #: See `states.current_key`.
    current_key = models.CharField(_("current"), max_length=100, null=True, unique=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")

    def __str__(self) -> str:
        return f"{self.user}: {self.plan}"


class SubscriptionChange(models.Model):
    """One transition of a subscription. Written once, never changed."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="changes")
    #: The one that it has from then on.
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", db_index=False)
    #: Empty for the first one.
    from_state = models.CharField(_("from"), max_length=16, choices=SubscriptionState.choices)
    to_state = models.CharField(_("to"), max_length=16, choices=SubscriptionState.choices)
    #: An e-mail address, not a key: it outlives the account. Or what acted, as in `payments`.
    by = models.CharField(_("by"), max_length=254)
    why = models.TextField(_("why"))
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("change of a subscription")
        verbose_name_plural = _("changes of subscriptions")
        indexes = [models.Index(fields=["at"], name="subscription_change_at")]

    def __str__(self) -> str:
        return f"{self.subscription_id}: {self.from_state} -> {self.to_state}"


class RecurringMove(models.Model):
    """By how much what comes in again and again changed with one change of a subscription.

    Written once, by `keep_recurring`, never changed: the sum of all until a moment is what came in
    at that moment, and of those of one subscription what it counts for.
    """

    class Kind(models.TextChoices):
        """What happened, as its currency sees it."""

        #: Counts nothing yet.
        TRIAL = "trial", _("a trial began")
        NEW = "new", _("new")
        #: New, after a trial.
        CONVERTED = "converted", _("paid after its trial")
        UP = "up", _("dearer")
        DOWN = "down", _("cheaper")
        LOST = "lost", _("lost")

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="moves")
    #: A change of plan is two rows: the old plan's is below zero.
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    currency = models.CharField(_("currency"), max_length=3)
    #: Minor units of twelve months, so that a year's price is kept without a fraction.
    yearly = models.BigIntegerField(_("a year"), default=0)
    #: How many subscriptions more, or fewer.
    subscriptions = models.SmallIntegerField(_("subscriptions"), default=0)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("move of what recurs")
        verbose_name_plural = _("moves of what recurs")
        indexes = [models.Index(fields=["at"], name="recurring_move_at")]

    def __str__(self) -> str:
        return f"{self.subscription_id}: {self.kind} {self.yearly} {self.currency}"


class Coupon(models.Model):
    """So much off the first payment."""

    #: In capitals, as it is compared.
    code = models.CharField(_("code"), max_length=32, unique=True)
    #: One of both: of a hundred, or minor units of the currency.
    percent = models.PositiveSmallIntegerField(_("percent off"), null=True, blank=True)
    amount = models.PositiveBigIntegerField(_("amount off"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    #: Empty: any number.
    max_redemptions = models.PositiveIntegerField(_("redemptions at most"), null=True, blank=True)
    #: Counted by a conditional update, so that races can't exceed the most.
    redeemed = models.PositiveIntegerField(_("redeemed"), default=0)
    once_per_user = models.BooleanField(_("once per person"), default=True)
    #: None: good for all.
    plans = models.ManyToManyField(Plan, related_name="coupons", blank=True)
    is_archived = models.BooleanField(_("archived"), default=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")

    def __str__(self) -> str:
        return self.code


class Redemption(models.Model):
    """One use of a coupon."""

    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="redemptions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="redemptions")
    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="redemptions")
    #: Minor units that it took off.
    discount = models.PositiveBigIntegerField(_("discount"))
    currency = models.CharField(_("currency"), max_length=3)
    #: Coupon and user where the coupon is good once for each.
    once_key = models.CharField(_("once"), max_length=50, null=True, unique=True)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")

    def __str__(self) -> str:
        return f"{self.coupon_id} -> {self.subscription_id}"


class Reminder(models.Model):
    """A mail about a moment in a subscription, so that it is sent once."""

    class Kind(models.TextChoices):
        """What it is about."""

        TRIAL_ENDS = "trial_ends", _("the trial ends")
        RENEWS = "renews", _("it renews")
        ENDS = "ends", _("it ends")
        GRACE = "grace", _("a payment is missing")

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="reminders")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    #: The moment that it speaks of.
    about = models.DateTimeField(_("about"))
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "kind", "about"], name="one_reminder_each"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id}: {self.kind}"
