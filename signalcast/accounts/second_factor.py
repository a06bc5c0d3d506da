"""Whether somebody has a second factor, and whether he has to."""

from __future__ import annotations

from allauth.mfa.models import Authenticator

from signalcast.accounts.models import User
from signalcast.core.env import environment


def lacks_second_factor(user: User) -> bool:
    """Whether USER may do nothing before he has one: staff, where the owner wants that."""
    if not environment().staff_second_factor or not user.is_staff:
        return False
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return not Authenticator.objects.filter(user=user, type__in=kinds).exists()
