"""The links to all pages, rendered once for all who have the same roles and the same page open."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet
from django.template import Context, Engine
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from signalcast.accounts.models import STAFF_ROLES, Role, User
from signalcast.core.prepared import prepared
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
        waiting = waiting._replace(review=_count(_to_review))
    if user.has_role(*DESK):
        waiting = waiting._replace(approval=_count(_to_approve), tickets=_count(_to_answer))
    return waiting


def _count(rows: Callable[[], QuerySet[Any, Any]]) -> int:
    # Asked on every page of the desk: put into words once.
    return sum(count for _state, count in prepared(rows).rows())


def _to_review() -> QuerySet[Any, Any]:
    return _by_state(Receipt.objects.filter(state=ReceiptState.REVIEW))


def _to_approve() -> QuerySet[Any, Any]:
    return _by_state(Charge.objects.filter(state=Charge.State.REVIEW))


def _to_answer() -> QuerySet[Any, Any]:
    return _by_state(Ticket.objects.filter(state=Ticket.State.OPEN))


def _by_state(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    counted: QuerySet[Any, Any] = rows.order_by().values_list("state").annotate(Count("pk"))
    return counted


@lru_cache(maxsize=512)
def _rendered(
    _language: str | None, roles: frozenset[str], page: str | None, waiting: Waiting
) -> SafeString:
    about = {"roles": roles, "staff": roles & STAFF_ROLES, "page": page, "waiting": waiting}
    return Engine.get_default().get_template("_navigation.html").render(Context(about))
