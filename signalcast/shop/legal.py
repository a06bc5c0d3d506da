"""The texts that the law asks for."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LegalSlug(models.TextChoices):
    """Which, as its address says it."""

    IMPRINT = "imprint", _("Imprint")
    PRIVACY = "privacy", _("Privacy")
    TERMS = "terms", _("Terms")
