"""Forget who signed up and never came."""

from __future__ import annotations

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from signalcast.accounts.models import User
from signalcast.plans.models import Subscription

#: How long an address may take to be proved.
UNPROVEN = timedelta(days=7)


def prune_unproven() -> int:
    """Delete accounts whose address nobody proved within a week. Returns how many.

    It was mistyped, or is somebody else's: whom it belongs to can sign up with it then.
    """
    proved = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    has_plan = Subscription.objects.filter(user=OuterRef("pk"))
    old = User.objects.filter(is_active=True, last_login=None, created_at__lt=Now() - UNPROVEN)
    _all, by_model = old.filter(~Exists(proved), ~Exists(has_plan)).delete()
    return by_model.get(User._meta.label, 0)
