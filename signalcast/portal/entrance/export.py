"""What is kept of one person, as a ZIP archive of JSON files for that person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models.functions import Now

from signalcast.accounts.models import AccountExport, User
from signalcast.channels.models import DestinationMute, QuietChoice
from signalcast.core.secrets import EncryptedTextField
from signalcast.core.wake import ring_after_commit
from signalcast.delivery.models import Delivery
from signalcast.payments.models import Dispute, Invoice, Proof, Refund
from signalcast.pipeline import RUN_JOBS, Queue
from signalcast.plans.models import SubscriptionChange
from signalcast.portal.entrance.tell import tell
from signalcast.support.models import TicketFile, TicketMessage
from signalcast.work.models import Job

JOB = "export_account"
#: What lets somebody in is nobody's to read, not even its owner's.
SECRETS = frozenset({"password", "digest", "token", "token_digest", "session_key"})
#: Who of the staff did something is not the reader's to know.
STAFF = frozenset({"by"})
SECRET_TYPES = (EncryptedTextField, models.BinaryField)
#: Of these nothing but that they are there: their data are keys.
KEYS = frozenset({"mfa.Authenticator"})
#: Tables that know a person by way of another one, and that way.
FURTHER: tuple[tuple[type[models.Model], str], ...] = (
    (DestinationMute, "destination__owner"),
    (QuietChoice, "destination__owner"),
    (SubscriptionChange, "subscription__user"),
    (Refund, "charge__user"),
    (Dispute, "charge__user"),
    (Invoice, "charge__user"),
    (Proof, "charge__user"),
)
#: Rows read at a time.
CHUNK = 1_000


def ask_for_export(user: User) -> None:
    """Have one put together. Asking again while it is under way changes nothing."""
    with transaction.atomic():
        _row, made = AccountExport.objects.get_or_create(user=user)
        rows = AccountExport.objects.filter(user=user)
        if made or rows.filter(ready_at__isnull=False).update(
            asked_at=Now(), ready_at=None, content=None
        ):
            Job.objects.create(name=JOB, queue=Queue.NOTIFICATIONS, arguments={"user": user.pk})
            ring_after_commit(RUN_JOBS)


def export_account(user: int) -> None:
    """The job. Safe to repeat."""
    person = User.objects.filter(pk=user, is_active=True).first()
    if person is None:
        return
    rows = AccountExport.objects.filter(user=person, ready_at__isnull=True)
    content = _archive(person)
    with transaction.atomic():
        ready = rows.update(content=content, ready_at=Now())
        if ready:
            tell(person, "account/email/export_ready")


def _archive(person: User) -> bytes:
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as archive:
        for name, rows in _tables(person):
            with archive.open(f"{name}.json", "w") as file:
                file.write(b"[")
                for number, row in enumerate(rows.iterator(chunk_size=CHUNK)):
                    text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
                    file.write((",\n" if number else "\n").encode() + text.encode())
                file.write(b"\n]\n")
    return held.getvalue()


def _tables(person: User) -> Iterator[tuple[str, models.QuerySet[Any, dict[str, Any]]]]:
    """Every table that has rows of a person, by the relations there are."""
    yield "account", _plain(User, pk=person.pk)
    for relation in User._meta.related_objects:
        model = relation.related_model
        if model is not AccountExport and not isinstance(model, str):
            yield model._meta.label_lower, _plain(model, **{relation.field.name: person})
    for further, way in FURTHER:
        yield further._meta.label_lower, _plain(further, **{way: person})
    yield "deliveries", _plain(Delivery, destination__owner=person)
    # Both sides of what was said in the person's tickets, without what staff noted for itself.
    own = {"ticket__owner": person, "is_internal": False}
    yield "tickets.messages", _plain(TicketMessage, **own)
    yield (
        "tickets.files",
        _plain(TicketFile, message__ticket__owner=person, message__is_internal=False),
    )


def _plain(model: type[models.Model], **filters: Any) -> models.QuerySet[Any, dict[str, Any]]:
    names = [
        field.attname
        for field in model._meta.concrete_fields
        if not isinstance(field, SECRET_TYPES) and field.name not in SECRETS | STAFF
    ]
    if model._meta.label in KEYS:
        names = [name for name in names if name != "data"]
    return model._base_manager.filter(**filters).order_by("pk").values(*names)
