"""Tell the other side of a ticket by mail that there is something new. Notes are told nobody."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from signalcast.accounts.models import Role, User
from signalcast.core import events
from signalcast.core.env import environment
from signalcast.core.wake import ring_after_commit
from signalcast.pipeline import RUN_JOBS, Queue
from signalcast.plans.mail import can_mail, mail
from signalcast.support.models import TicketMessage
from signalcast.support.states import HELPERS
from signalcast.work.models import Job

JOB = "ticket_mail"
PAGE = "/app/tickets/"


def tell(message: TicketMessage) -> None:
    """Have one mail sent to each reader, by a job of its own. In the caller's transaction."""
    if message.is_internal or not can_mail():
        return
    for person in _readers(message):
        Job.objects.create(
            name=JOB,
            arguments={"message": str(message.pk), "to": person},
            queue=Queue.NOTIFICATIONS,
            schedule_run=f"{JOB}:{message.pk}:{person}",
        )
    ring_after_commit(RUN_JOBS)


def _readers(message: TicketMessage) -> list[int]:
    """The owner of the ticket; of staff those who are there for it, else the owners."""
    if message.by_staff:
        return [message.ticket.owner_id]
    for role in (Role.SUPPORT, Role.OWNER):
        rows = User.objects.filter(is_active=True, grants__role=role)
        found = list(rows.exclude(pk=message.ticket.owner_id).values_list("pk", flat=True))
        if found:
            return found
    return []


def send_ticket_mail(message: str, to: int) -> None:
    """The job of one mail: to somebody who may still read the ticket."""
    rows = TicketMessage.objects.filter(pk=message, is_internal=False).select_related("ticket")
    found, person = rows.first(), User.objects.filter(pk=to, is_active=True).first()
    if found is None or person is None:
        return
    if person.pk != found.ticket.owner_id and not person.has_role(*HELPERS):
        return
    mail(person.email, *_words(found, person))
    events.emit("ticket.told", ticket=found.ticket_id, to=to)


def _words(message: TicketMessage, reader: User) -> tuple[str, str]:
    with translation.override(reader.language or settings.LANGUAGE_CODE):
        words = {"subject": message.ticket.subject}
        if message.by_staff:
            subject = _("An answer to your ticket: %(subject)s") % words
            end = _("Answer on the page of the ticket, not to this mail.")
        else:
            subject = _("A message in a ticket: %(subject)s") % words
            end = _("It waits for an answer on the page of the ticket.")
        address = environment().public_url.rstrip("/")
        if address:
            end += f" {address}{PAGE}{message.ticket_id}/"
    return subject, f"{message.text}\n\n{end}\n"
