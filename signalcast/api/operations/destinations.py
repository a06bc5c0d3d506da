"""Where one is reached."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import BaseModel, ConfigDict

from signalcast.accounts.models import User
from signalcast.accounts.noted import noted
from signalcast.api.caller import user_of
from signalcast.api.fields import Cursor, In, Limit, Page, Slug, Text, Word
from signalcast.api.needs import READ, WRITE
from signalcast.api.operations.deliveries import DeliveryOut, told
from signalcast.api.page import page
from signalcast.api.refuse import wrong
from signalcast.channels.base import AddressError
from signalcast.channels.disconnect import disconnect
from signalcast.channels.managed import managed_destinations
from signalcast.channels.models import Account, Destination
from signalcast.channels.pause import pause
from signalcast.channels.registry import kinds
from signalcast.channels.resume import resume
from signalcast.delivery.models import Delivery
from signalcast.delivery.try_destination import try_destination
from signalcast.intake.problems import FieldError
from signalcast.plans.add_destination import add_destination

router = Router()
EXAMPLE: dict[str, Any] = {
    "id": "0193a000-0000-7000-8000-000000000002",
    "channel": "webhook",
    "address": "https://example.org/signals",
    "state": "active",
    "disabled_reason": "",
    "broadcasts": [],
    "created_at": "2026-11-20T10:00:00Z",
}


class DestinationOut(BaseModel):
    """An address on a channel."""

    id: UUID
    channel: str
    address: str
    state: Literal["active", "disabled"]
    disabled_reason: str
    #: The feeds that are posted there for all who read along; empty: it is your own.
    broadcasts: list[str]
    created_at: datetime

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})


class NewDestination(DestinationOut):
    """The same, with the secret that signs what is sent there: it is shown this once."""

    #: Empty where nothing is signed.
    secret: str

    model_config = ConfigDict(
        json_schema_extra={
            "example": EXAMPLE | {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}
        }
    )


class DestinationIn(In):
    """An address of yours."""

    channel: Slug
    #: As the channel spells it: for a webhook its URL, for mail your address.
    address: Text
    #: The name of the mail server that it is sent through, where there are several.
    account: Word = ""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"channel": "webhook", "address": "https://example.org/signals"}
        }
    )


@router.get(
    "/destinations",
    response=Page[DestinationOut],
    auth=READ,
    operation_id="list_destinations",
    summary="Your destinations",
)
def list_destinations(
    request: HttpRequest, limit: Limit = 50, cursor: Cursor = ""
) -> Page[DestinationOut]:
    """Newest first; for owners and operators with those that feeds are broadcast to."""
    rows, after = page(_rows(request), cursor, limit)
    return Page(items=[DestinationOut(**_told(row)) for row in rows], next=after)


@router.post(
    "/destinations",
    response={201: NewDestination},
    auth=WRITE,
    operation_id="create_destination",
    summary="Connect a destination",
)
def create_destination(request: HttpRequest, body: DestinationIn) -> NewDestination:
    """The same address once more renews its secret, and wakes it if it was disabled."""
    user = user_of(request)
    if body.channel not in kinds():
        said = _("There is no such channel. Choose one of: %(kinds)s.")
        raise wrong(FieldError("/channel", said % {"kinds": ", ".join(kinds())}))
    account = _account(body)
    try:
        made, secret = add_destination(user, body.channel, body.address, account=account)
    except AddressError as problem:
        raise wrong(FieldError("/address", str(problem))) from None
    noted(user, "destinations.added", target=str(made))
    return NewDestination(**_told(made), secret=secret)


@router.get(
    "/destinations/{uuid:id}",
    response=DestinationOut,
    auth=READ,
    operation_id="read_destination",
    summary="A destination",
)
def read_destination(request: HttpRequest, id: UUID) -> DestinationOut:
    """One destination."""
    return DestinationOut(**_told(get_object_or_404(_rows(request), uid=id)))


@router.delete(
    "/destinations/{uuid:id}",
    response={204: None},
    auth=WRITE,
    operation_id="delete_destination",
    summary="Delete a destination",
)
def delete_destination(request: HttpRequest, id: UUID) -> None:
    """With what was sent there and is to be sent."""
    user, found = _mine(request, id)
    noted(user, "destinations.deleted", target=str(found))
    disconnect(found)


@router.post(
    "/destinations/{uuid:id}/pause",
    response=DestinationOut,
    auth=WRITE,
    operation_id="pause_destination",
    summary="Send nothing to a destination",
)
def pause_destination(request: HttpRequest, id: UUID) -> DestinationOut:
    """What waits for it is given up."""
    user, found = _mine(request, id)
    noted(user, "destinations.paused", target=str(found))
    pause(found)
    return DestinationOut(**_told(found))


@router.post(
    "/destinations/{uuid:id}/resume",
    response=DestinationOut,
    auth=WRITE,
    operation_id="resume_destination",
    summary="Send to a destination again",
)
def resume_destination(request: HttpRequest, id: UUID) -> DestinationOut:
    """Whatever disabled it."""
    user, found = _mine(request, id)
    noted(user, "destinations.resumed", target=str(found))
    resume(found)
    return DestinationOut(**_told(found))


@router.post(
    "/destinations/{uuid:id}/test",
    response={202: DeliveryOut},
    auth=WRITE,
    operation_id="test_destination",
    summary="Send a test to a destination",
)
def send_test(request: HttpRequest, id: UUID) -> DeliveryOut:
    """The delivery of the test; `GET /deliveries/{id}` says what becomes of it."""
    user, found = _mine(request, id)
    made = try_destination(found, by=user)
    rows = Delivery.objects.select_related("destination", "post__feed")
    return DeliveryOut(**told(rows.get(pk=made.pk)))


def _rows(request: HttpRequest) -> QuerySet[Destination]:
    return managed_destinations(user_of(request)).prefetch_related("broadcasts__feed")


def _mine(request: HttpRequest, id: UUID) -> tuple[User, Destination]:
    return user_of(request), get_object_or_404(_rows(request), uid=id)


def _account(body: DestinationIn) -> Account | None:
    """What the destination is sent through: by its name, or the only one there is."""
    if body.channel != "email":
        return None
    accounts = Account.objects.filter(kind=body.channel)
    found = list(accounts.filter(name=body.account) if body.account else accounts.order_by("pk"))
    if not found:
        said = _("There is no such mail server. Leave it out, or ask whoever runs this site.")
        raise wrong(FieldError("/account", said))
    return found[0]


def _told(row: Destination) -> dict[str, Any]:
    return {
        "id": row.uid,
        "channel": row.kind,
        "address": row.address,
        "state": row.state,
        "disabled_reason": row.disabled_reason,
        "broadcasts": [one.feed.slug for one in row.broadcasts.all()],
        "created_at": row.created_at,
    }
