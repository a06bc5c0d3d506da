"""Who sees what: the only way a page gets at signals and deliveries."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from signalcast.accounts.models import Role, User
from signalcast.delivery.models import Delivery
from signalcast.delivery.states import DeliveryState
from signalcast.payments.models import Charge
from signalcast.plans.entitlement import readable_feeds
from signalcast.signals.models import Signal
from signalcast.support.models import Ticket, TicketMessage
from signalcast.support.states import HELPERS

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]

#: Who sets the installation up: feeds, sources, broadcasts, announcements.
MANAGERS = (Role.OWNER, Role.OPERATOR)
#: Who writes signals, and who decides on what waits.
WRITERS = (Role.OWNER, Role.ANALYST)
REVIEWERS = (Role.OWNER, Role.OPERATOR, Role.ANALYST)
#: Who acts in the operations console, and who may look at it.
OPERATORS = (Role.OWNER, Role.OPERATOR)
OBSERVERS = (Role.OWNER, Role.OPERATOR, Role.SUPPORT)
#: Who decides on payments and pays back, and who may look at everybody's.
CASHIERS = (Role.OWNER, Role.OPERATOR)
BOOKKEEPERS = (Role.OWNER, Role.OPERATOR, Role.SUPPORT)


def visible_signals(user: User) -> QuerySet[Signal]:
    """Signals of the feeds that a user may read at this moment."""
    return Signal.objects.filter(feed__in=readable_feeds(user))


def visible_deliveries(user: User) -> QuerySet[Delivery]:
    """All deliveries for staff; else those to the user's own destinations of readable feeds."""
    if user.is_staff:
        return Delivery.objects.all()
    # What went to a segment goes by no feed: who got it may see that, and nobody else.
    theirs = Q(post__feed__in=readable_feeds(user)) | Q(post__feed=None, state=DeliveryState.SENT)
    return Delivery.objects.filter(theirs, destination__owner=user)


def visible_charges(user: User) -> QuerySet[Charge]:
    """Everybody's payments for those who look after them; else one's own."""
    rows = Charge.objects.all()
    return rows if user.has_role(*BOOKKEEPERS) else rows.filter(user=user)


def visible_tickets(user: User) -> QuerySet[Ticket]:
    """Everybody's for those who answer them; else one's own."""
    rows = Ticket.objects.all()
    return rows if user.has_role(*HELPERS) else rows.filter(owner=user)


def visible_messages(user: User, ticket: Ticket) -> QuerySet[TicketMessage]:
    """What was said in a ticket that USER may read; its owner, whoever that is, reads no notes."""
    rows = TicketMessage.objects.filter(ticket=ticket)
    return rows.filter(is_internal=False) if ticket.owner_id == user.pk else rows


def signed_in(request: HttpRequest) -> User:
    """The user of a request behind `login_required`."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def roles_required(*roles: str) -> Callable[[View[Arguments]], View[Arguments]]:
    """Let only users with one of the roles through; others get 403, strangers the sign-in page."""

    def decorate(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def checked(
            request: HttpRequest, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponse:
            if not signed_in(request).has_role(*roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return login_required(checked)  # type: ignore[return-value]

    return decorate
