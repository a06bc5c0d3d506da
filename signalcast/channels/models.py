"""Destinations: addresses on a medium."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from signalcast.core.ids import new_id
from signalcast.core.secrets import EncryptedTextField


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
    #: The address in the channel's spelling: for a webhook its URL.
    address = models.CharField(_("address"), max_length=500)
    #: Signing secrets, newest first, separated by spaces: old ones go on signing while they stay.
    secret = EncryptedTextField(_("secret"), blank=True, default="")
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.ACTIVE)
    #: Why it is disabled, in words.
    disabled_reason = models.TextField(_("reason"), blank=True, default="")
    #: The breaker: nothing is sent before this moment after too many failures in a row.
    blocked_until = models.DateTimeField(_("blocked until"), null=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("destination")
        verbose_name_plural = _("destinations")
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "address"], name="one_row_an_address")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.address}"
