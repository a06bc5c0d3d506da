"""Bounces: mails that came back, and what mail services say of them."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator
from email.message import Message
from email.policy import default
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from signalcast.channels.base import AddressError
from signalcast.channels.email.address import read_address
from signalcast.channels.models import Destination
from signalcast.channels.switch import switched_off
from signalcast.core import events
from signalcast.core.printable import printable

#: Characters of what a server said that are kept.
SHOWN = 200


class BadBounce(ValueError):
    """What was sent is no bounce that we can read; the text says what is expected."""


class Bounce(NamedTuple):
    """One mailbox that did not take a mail."""

    address: str
    #: It will not take the next one either.
    permanent: bool
    said: str


def bounce(one: Bounce, *, uid: UUID | None = None) -> int:
    """Disable what a permanent bounce was about. Returns how many destinations that were.

    UID is the destination's where the mail that came back names it; else its address counts.
    """
    if not one.permanent:
        return 0
    rows = Destination.objects.filter(kind="email", state=Destination.State.ACTIVE)
    try:
        # A mail that was forwarded comes back for another address than it was sent to.
        rows = (
            rows.filter(address__iexact=read_address(one.address))
            if uid is None
            else rows.filter(uid=uid)
        )
    except AddressError:
        return 0
    reason = _("Mail to it came back: %(said)s") % {"said": printable(one.said, SHOWN)}
    count = rows.update(**switched_off(reason))
    events.emit("email.bounced", address_count=count)
    return count


def read_bounces(body: bytes, content_type: str) -> list[Bounce]:
    """The bounces in a report. Raises BadBounce."""
    if content_type == "application/json" or body.lstrip()[:1] == b"{":
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            raise BadBounce(_("It is not JSON, although it says so.")) from None
        found = list(_of_service(told)) if isinstance(told, dict) else []
    else:
        found = list(_of_mail(email.message_from_bytes(body, policy=default)))
    if not found:
        raise BadBounce(
            _("No bounce was found. Send a delivery status notification (RFC 3464), or the JSON of"
              " Amazon SES, Mailgun or Postmark.")
        )  # fmt: skip
    return found


def _of_mail(mail: Message) -> Iterator[Bounce]:
    """RFC 3464: a part with one block of fields for each recipient."""
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            recipient = str(block.get("Final-Recipient", "")) if isinstance(block, Message) else ""
            if not isinstance(block, Message) or not recipient:
                continue
            failed = str(block.get("Action", "")).strip().lower() == "failed"
            permanent = failed and str(block.get("Status", "")).strip().startswith("5.")
            said = str(block.get("Diagnostic-Code", "")) or str(block.get("Status", ""))
            # 5.2.2 is a mailbox that is full today.
            full = str(block.get("Status", "")).strip() == "5.2.2"
            yield Bounce(recipient.rpartition(";")[2].strip(), permanent and not full, said)


def _of_service(told: dict[str, Any]) -> Iterator[Bounce]:
    """Amazon SES (also wrapped by SNS), Mailgun, Postmark: complaints count as permanent."""
    if isinstance(told.get("Message"), str) and told.get("Type") == "Notification":
        try:
            inner = json.loads(told["Message"])
        except (ValueError, RecursionError):
            return
        told = inner if isinstance(inner, dict) else {}
    kind = told.get("notificationType") or told.get("eventType")
    if kind in ("Bounce", "Complaint"):
        yield from _of_ses(told, str(kind))
    elif isinstance(data := told.get("event-data"), dict):
        permanent = data.get("event") == "complained" or data.get("severity") == "permanent"
        yield Bounce(str(data.get("recipient", "")), permanent, _said(data.get("delivery-status")))
    elif told.get("RecordType") in ("Bounce", "SpamComplaint"):
        hard = told.get("RecordType") == "SpamComplaint" or told.get("Type") == "HardBounce"
        yield Bounce(str(told.get("Email", "")), hard, str(told.get("Description", "")))


def _of_ses(told: dict[str, Any], kind: str) -> Iterator[Bounce]:
    part = told.get(kind.lower())
    part = part if isinstance(part, dict) else {}
    recipients = part.get("bouncedRecipients") or part.get("complainedRecipients") or []
    for recipient in recipients if isinstance(recipients, list) else []:
        if isinstance(recipient, dict):
            permanent = kind == "Complaint" or part.get("bounceType") == "Permanent"
            said = str(recipient.get("diagnosticCode") or kind)
            yield Bounce(str(recipient.get("emailAddress", "")), permanent, said)


def _said(status: object) -> str:
    return str(status.get("message", "")) if isinstance(status, dict) else ""
