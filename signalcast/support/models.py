"""Tickets, their messages, and the files that come with those."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from signalcast.core.ids import new_id
from signalcast.support.states import TicketState


class Ticket(models.Model):
    """Something that somebody wants to know or to have done."""

    State = TicketState

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="tickets", db_index=False
    )
    subject = models.CharField(_("subject"), max_length=120)
    state = models.CharField(
        _("state"), max_length=8, choices=TicketState.choices, default=TicketState.OPEN
    )
    #: Since when its owner waits for an answer; empty while nobody has to give one.
    waiting_since = models.DateTimeField(_("waiting since"), null=True)
    created_at = models.DateTimeField(_("opened at"), db_default=Now())
    changed_at = models.DateTimeField(_("changed at"), db_default=Now())

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        indexes = [
            models.Index(fields=["owner", "id"], name="ticket_owner"),
            models.Index(fields=["state", "id"], name="ticket_state"),
            models.Index(fields=["waiting_since", "id"], name="ticket_waiting"),
        ]

    def __str__(self) -> str:
        return self.subject


class TicketMessage(models.Model):
    """What one side says, or what staff notes for itself."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="messages", db_index=False)
    #: Empty once the account is deleted.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="ticket_messages",
        db_index=False,
    )
    by_staff = models.BooleanField(_("by staff"))
    #: For staff alone: never shown, sent or exported to the ticket's owner.
    is_internal = models.BooleanField(_("internal note"), default=False)
    text = models.TextField(_("text"))
    #: The form that it came by: sent twice, it is here once.
    key = models.UUIDField(_("form"), unique=True, editable=False)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("message of a ticket")
        verbose_name_plural = _("messages of tickets")
        indexes = [
            models.Index(fields=["ticket", "id"], name="ticket_message_ticket"),
            models.Index(fields=["author", "at"], name="ticket_message_author"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.at}"


class TicketFile(models.Model):
    """A file that came with a message. It lies in the home, see `files`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(TicketMessage, models.CASCADE, related_name="files")
    #: `pdf`, `txt`, or `webp` for every picture.
    kind = models.CharField(_("kind"), max_length=8)
    #: As its owner called it, for people.
    name = models.CharField(_("name"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    #: Of the picture's variants, widest first, separated by spaces; empty for others.
    widths = models.CharField(_("widths"), max_length=40, default="")
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        verbose_name = _("file of a ticket")
        verbose_name_plural = _("files of tickets")

    def __str__(self) -> str:
        return self.name
