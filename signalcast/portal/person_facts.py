"""What a person's timeline is made of: the rows of each kind, and what each of them tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlencode

from allauth.usersessions.models import UserSession
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.accounts.models import AuditEntry, User
from signalcast.channels.models import Destination
from signalcast.core.money import told
from signalcast.payments.models import Charge, Dispute, Invoice, Proof, Refund
from signalcast.plans.channel_words import CHANNELS
from signalcast.plans.models import Redemption, Reminder, SubscriptionChange

#: Kinds of lines, as they are chosen on the page.
KINDS = {
    "account": gettext_lazy("Account"),
    "subscription": gettext_lazy("Subscription"),
    "payment": gettext_lazy("Payment"),
    "destination": gettext_lazy("Destination"),
    "delivery": gettext_lazy("Trouble with messages"),
    "mail": gettext_lazy("Mail"),
    "staff": gettext_lazy("Done by staff"),
}
#: What staff does about a person, by the person's address.
ABOUT_PEOPLE = {
    "accounts.looked_as": gettext_lazy("Looked at the pages as this person"),
    "accounts.look_ended": gettext_lazy("Stopped looking as this person"),
    "subscriptions.granted": gettext_lazy("Gave a plan"),
    "subscriptions.ended": gettext_lazy("Ended a subscription"),
}


class Told(NamedTuple):
    """A line in words: what happened, more about it, and where that is to be seen."""

    words: str
    more: str = ""
    url: str = ""


class Reel(NamedTuple):
    """Rows of one table that are lines of a kind. AT names the field with their moment."""

    kind: str
    at: str
    rows: QuerySet[Any]
    tell: Callable[[Any], Told]


def reels(user: User) -> list[Reel]:
    """All of them, in the order in which rows of the same moment are shown."""
    audited = AuditEntry.objects.filter(action__in=list(ABOUT_PEOPLE), target=user.email)
    changes = SubscriptionChange.objects.filter(subscription__user=user).select_related("plan")
    charges = Charge.objects.filter(user=user).annotate(moment=Coalesce("paid_at", "created_at"))
    uses = Redemption.objects.filter(user=user).select_related("coupon")
    reminders = Reminder.objects.filter(subscription__user=user)
    destinations = Destination.objects.filter(owner=user)
    off = destinations.filter(disabled_at__isnull=False, state=Destination.State.DISABLED)
    of_charges = {"charge__user": user}
    return [
        Reel("staff", "at", audited, _audited),
        Reel("subscription", "at", changes, _changed),
        Reel("payment", "at", uses, _redeemed),
        Reel("payment", "created_at", Dispute.objects.filter(**of_charges), _disputed),
        Reel("payment", "created_at", Refund.objects.filter(**of_charges), _refunded),
        Reel("payment", "issued_at", Invoice.objects.filter(**of_charges), _invoiced),
        Reel("payment", "moment", charges, _charged),
        Reel("payment", "created_at", Proof.objects.filter(**of_charges), _proved),
        Reel("mail", "at", reminders, _reminded),
        Reel("destination", "disabled_at", off, _off),
        Reel("destination", "created_at", destinations, _connected),
        Reel("account", "created_at", UserSession.objects.filter(user=user), _signed_in),
        Reel("account", "created_at", User.objects.filter(pk=user.pk), _signed_up),
    ]


def _audited(row: AuditEntry) -> Told:
    details = [str(row.details[name]) for name in ("plan", "reason") if row.details.get(name)]
    return Told(str(ABOUT_PEOPLE[row.action]), " · ".join([row.by, *details]))


def _changed(row: SubscriptionChange) -> Told:
    before, now = row.get_from_state_display(), row.get_to_state_display()
    moved = f"{before} → {now}" if row.from_state and row.from_state != row.to_state else now
    url = reverse("subscriber", args=[row.subscription_id])
    return Told(f"{row.plan.name}: {moved}", f"{row.why} · {row.by}", url)


def _redeemed(row: Redemption) -> Told:
    off = {"code": row.coupon.code, "off": told(row.discount, row.currency)}
    return Told(_("Coupon %(code)s: %(off)s off") % off)


def _charged(row: Charge) -> Told:
    words = f"{told(row.amount, row.currency)}: {row.get_state_display()}"
    return Told(words, " · ".join(filter(None, (row.plan_name, row.reason))), _payment(row.pk))


def _refunded(row: Refund) -> Told:
    words = _("Refund of %(amount)s") % {"amount": told(row.amount, row.currency)}
    more = " · ".join(filter(None, (row.reason, row.by)))
    return Told(f"{words}: {row.get_state_display()}", more, _payment(row.charge_id))


def _disputed(row: Dispute) -> Told:
    words = _("Dispute about %(amount)s") % {"amount": told(row.amount, row.currency)}
    return Told(f"{words}: {row.get_state_display()}", row.external_id, _payment(row.charge_id))


def _invoiced(row: Invoice) -> Told:
    what = {"kind": row.get_kind_display(), "number": row.number}
    amount = told(row.amount, row.currency)
    url = reverse("invoice", args=[row.charge_id, row.number])
    return Told(_("%(number)s (%(kind)s) issued") % what, amount, url)


def _proved(row: Proof) -> Told:
    return Told(_("Proof of a transfer"), row.name, _payment(row.charge_id))


def _payment(charge: object) -> str:
    return reverse("payment", args=[charge])


def _reminded(row: Reminder) -> Told:
    return Told(
        _("Reminder: %(about)s") % {"about": row.get_kind_display()},
        f"{row.about:%Y-%m-%d %H:%M} UTC",
    )


def _connected(row: Destination) -> Told:
    channel = {"channel": CHANNELS.get(row.kind, row.kind)}
    return Told(_("Connected: %(channel)s") % channel, row.address, _sent_there(row))


def _off(row: Destination) -> Told:
    channel = {"channel": CHANNELS.get(row.kind, row.kind)}
    more = " · ".join(filter(None, (row.address, row.disabled_reason)))
    return Told(_("Turned off: %(channel)s") % channel, more, _sent_there(row))


def _sent_there(row: Destination) -> str:
    """What staff may see of a destination: the destination itself is its owner's."""
    return f"{reverse('deliveries')}?{urlencode({'to': row.address})}"


def _signed_in(row: UserSession) -> Told:
    return Told(_("Signed in"), row.user_agent)


def _signed_up(_row: User) -> Told:
    return Told(_("The account was made"))
