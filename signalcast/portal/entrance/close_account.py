"""Close somebody's account for good, as that person wants it.

At once nobody can come in, nothing is sent any more, and the name is gone. What books need, such
as subscriptions and payments, stays with an account that has no name.
"""

from __future__ import annotations

from django.apps import apps
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.accounts.audit import audit
from signalcast.accounts.models import Role, RoleGrant, User
from signalcast.channels.disconnect import disconnect
from signalcast.channels.models import Destination
from signalcast.channels.switch import switched_off
from signalcast.core import events
from signalcast.core.wake import ring_after_commit
from signalcast.pipeline import RUN_JOBS, Queue
from signalcast.plans.cancel import cancel
from signalcast.plans.models import Subscription, SubscriptionChange
from signalcast.plans.states import CURRENT
from signalcast.portal.entrance.tell import tell
from signalcast.support.erase import erase_tickets
from signalcast.work.models import Job

JOB = "erase_account"
#: Rows of these that belong to the account are deleted; all others are kept for the books.
ERASED = (
    "account.EmailAddress",
    "mfa.Authenticator",
    "usersessions.UserSession",
    "accounts.AccountExport",
    "accounts.RoleGrant",
    "accounts.ApiToken",
    "api.StoredAnswer",
    "live.LiveToken",
)


class LastOwner(Exception):
    """Without this owner the installation would have none."""


def close_account(user: User) -> None:
    """Close it. Raises LastOwner."""
    email = user.email
    with transaction.atomic():
        # Locked, so that of two last owners one stays.
        owners = RoleGrant.objects.select_for_update().filter(role=Role.OWNER)
        ids = set(owners.values_list("user_id", flat=True))
        active = User.objects.filter(pk__in=ids, is_active=True).exclude(pk=user.pk)
        if user.pk in ids and not active.exists():
            raise LastOwner
        if user.is_staff:
            audit("accounts.closed", by=email, target=email)
        tell(user, "account/email/closed")
        Destination.objects.filter(owner=user).update(**switched_off(_("The account is deleted.")))
        for label in ERASED:
            apps.get_model(label)._base_manager.filter(user=user).delete()
        user.email, user.name, user.language = f"deleted-{user.pk}@deleted.invalid", "", ""
        user.is_active = False
        user.set_unusable_password()
        user.save()
        own_changes = SubscriptionChange.objects.filter(subscription__user=user, by=email)
        own_changes.update(by=user.email)
        Job.objects.create(name=JOB, queue=Queue.DEFAULT, arguments={"user": user.pk})
        ring_after_commit(RUN_JOBS)
    events.emit("account.closed", user=user.pk)


def erase_account(user: int) -> None:
    """The job: end subscriptions, delete tickets and destinations with all that was sent to them.

    Safe to repeat. Providers are told by `settle_agreements` to charge no more.
    """
    left = Subscription.objects.filter(user=user, user__is_active=False, state__in=CURRENT)
    for one in left.select_related("user"):
        cancel(one, by=one.user.email, why=gettext_lazy("The account is deleted."), at_once=True)
    erase_tickets(user)
    for destination in Destination.objects.filter(owner=user, owner__is_active=False):
        disconnect(destination)
