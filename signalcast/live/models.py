"""Who may listen without a browser."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class LiveToken(models.Model):
    """A user's token for the live stream. A new one takes the place of the old."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="live_token")
    #: SHA-256 of the token; the token itself is nowhere.
    digest = models.CharField(_("token digest"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("created at"), auto_now=True)

    class Meta:
        verbose_name = _("token for the live stream")
        verbose_name_plural = _("tokens for the live stream")

    def __str__(self) -> str:
        return str(self.user)
