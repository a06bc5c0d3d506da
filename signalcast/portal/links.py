"""The links to all pages, rendered once for all who have the same roles and the same page open."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from django.template import Context, Engine
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from signalcast.accounts.models import STAFF_ROLES, Role, User
from signalcast.intake.models import Receipt
from signalcast.intake.states import ReceiptState
from signalcast.payments.models import Charge
from signalcast.support.models import Ticket

#: Who sees what waits for a person at the desk.
DESK = (Role.OWNER, Role.OPERATOR, Role.SUPPORT)


class Waiting(NamedTuple):
    """How much waits for a person, of what somebody may see."""

    review: int = 0
    approval: int = 0
    tickets: int = 0


def links(user: User, page: str | None) -> SafeString:
    """The links of a person with the roles of USER, while the page of the name PAGE is open."""
    return _rendered(get_language(), user.roles(), page, _waiting(user))


def _waiting(user: User) -> Waiting:
    waiting = Waiting()
    if user.is_staff:
        found = Receipt.objects.filter(state=ReceiptState.REVIEW)
        waiting = waiting._replace(review=found.count())
    if user.has_role(*DESK):
        waiting = waiting._replace(
            approval=Charge.objects.filter(state=Charge.State.REVIEW).count(),
            tickets=Ticket.objects.filter(state=Ticket.State.OPEN).count(),
        )
    return waiting


@lru_cache(maxsize=512)
def _rendered(
    _language: str | None, roles: frozenset[str], page: str | None, waiting: Waiting
) -> SafeString:
    about = {"roles": roles, "staff": roles & STAFF_ROLES, "page": page, "waiting": waiting}
    return Engine.get_default().get_template("_navigation.html").render(Context(about))
