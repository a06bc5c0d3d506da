"""What was answered to requests with an idempotency key."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from signalcast.core.secrets import EncryptedTextField


class StoredAnswer(models.Model):
    """The answer to a write, so that it is carried out once however often it is sent."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    #: SHA-256 of the key: to databases some keys are the same that are not.
    key_digest = models.CharField(_("key digest"), max_length=64)
    #: SHA-256 of method, path and body.
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"), default=0)
    #: Encrypted, since some answers show a secret for once.
    body = EncryptedTextField(_("body"), blank=True, default="")
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    class Meta:
        verbose_name = _("stored answer")
        verbose_name_plural = _("stored answers")
        constraints = [
            models.UniqueConstraint(fields=["user", "key_digest"], name="one_answer_a_key")
        ]
        indexes = [models.Index(fields=["created_at"], name="stored_answer_created")]

    def __str__(self) -> str:
        return f"{self.status} {self.key_digest[:8]}"
