"""Destinations: addresses on a medium."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from signalcast.channels.preferences import (
    DestinationMute,
    FallbackStep,
    QuietChoice,
    QuietHours,
)
from signalcast.core.ids import new_id
from signalcast.core.secrets import EncryptedTextField
from signalcast.feeds.models import Feed

__all__ = [
    "Account",
    "Broadcast",
    "Destination",
    "DestinationMute",
    "FallbackStep",
    "QuietChoice",
    "QuietHours",
    "Wording",
]


class Account(models.Model):
    """What the owner signs in with at a medium: a Telegram bot, a mail server."""

    #: The channel's folder name.
    kind = models.CharField(_("channel"), max_length=16)
    name = models.CharField(_("name"), max_length=64)
    #: What the channel's transport needs to know of it, as JSON; secrets are part of it.
    settings = EncryptedTextField(_("settings"))
    #: Why it does not work, in words, since its last success.
    last_error = models.TextField(_("last error"), blank=True, default="")
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("account at a medium")
        verbose_name_plural = _("accounts at media")
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="one_account_of_a_name")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


class Destination(models.Model):
    """Where a subscriber wants to be reached; without an owner, where a feed broadcasts to."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        DISABLED = "disabled", _("disabled")

    uid = models.UUIDField(_("public id"), default=new_id, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="destinations"
    )
    #: The channel's folder name.
    kind = models.CharField(_("channel"), max_length=16)
    #: What it is sent through, where the channel has accounts.
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="destinations"
    )
    #: The address in the channel's spelling: for a webhook its URL.
    address = models.CharField(_("address"), max_length=500)
    #: Signing secrets, newest first, separated by spaces: old ones go on signing while they stay.
    secret = EncryptedTextField(_("secret"), blank=True, default="")
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.ACTIVE)
    #: Why it is disabled, in words.
    disabled_reason = models.TextField(_("reason"), blank=True, default="")
    #: When it was; empty while it is active, and where that was not kept.
    disabled_at = models.DateTimeField(_("disabled at"), null=True)
    #: The breaker: nothing is sent before this moment after too many failures in a row.
    blocked_until = models.DateTimeField(_("blocked until"), null=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    #: While it is disabled: since when. Afterwards, until what it missed is replayed or left: from
    #: when to when it may have missed something.
    missed_since = models.DateTimeField(_("missed since"), null=True)
    missed_until = models.DateTimeField(_("missed until"), null=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("destination")
        verbose_name_plural = _("destinations")
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "address"], name="one_row_an_address")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.address}"


class Broadcast(models.Model):
    """A destination that gets all of a feed for everybody who reads along: a Telegram channel."""

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="broadcasts")
    destination = models.ForeignKey(Destination, models.CASCADE, related_name="broadcasts")

    class Meta:
        verbose_name = _("broadcast")
        verbose_name_plural = _("broadcasts")
        constraints = [
            models.UniqueConstraint(fields=["feed", "destination"], name="one_broadcast_each")
        ]

    def __str__(self) -> str:
        return f"{self.feed} -> {self.destination}"


class Wording(models.Model):
    """The owner's own text for one type of message, in place of ours."""

    #: A channel's folder name; empty means all channels without a wording of their own.
    kind = models.CharField(_("channel"), max_length=16, blank=True, default="")
    #: `signal.published` and the like.
    type = models.CharField(_("type"), max_length=32)
    #: As in "de"; empty means all languages without a wording of their own.
    language = models.CharField(_("language"), max_length=8, blank=True, default="")
    #: Templates, as `signalcast.channels.wording` describes them.
    subject = models.CharField(_("subject"), max_length=500)
    body = models.TextField(_("text"))
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("wording")
        verbose_name_plural = _("wordings")
        constraints = [
            models.UniqueConstraint(fields=["kind", "type", "language"], name="one_wording_each")
        ]

    def __str__(self) -> str:
        return f"{self.kind or '*'} {self.type} {self.language or '*'}"
