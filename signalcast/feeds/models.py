"""Feeds that plans sell, the sources that post into them, and the instruments traded."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from signalcast.core.secrets import EncryptedTextField


class Feed(models.Model):
    """A named stream of signals."""

    slug = models.SlugField(_("slug"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=120)
    #: Seconds a new signal is worth sending when its source does not say: entered at market, and
    #: waiting for a price.
    market_validity = models.PositiveIntegerField(_("validity at market"), default=300)
    waiting_validity = models.PositiveIntegerField(_("validity of waiting orders"), default=86_400)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    """Who may post into a feed."""

    class Publish(models.TextChoices):
        AUTO = "auto", _("at once")
        REVIEW = "review", _("after review")

    slug = models.SlugField(_("slug"), max_length=64, unique=True)
    feed = models.ForeignKey(Feed, models.PROTECT, related_name="sources")
    #: SHA-256 of the token; the token itself is nowhere.
    token_digest = models.CharField(_("token digest"), max_length=64, unique=True)
    publish = models.CharField(
        _("publish"), max_length=8, choices=Publish.choices, default=Publish.AUTO
    )
    #: Secret that a hook's body must carry; empty means none is asked for.
    body_secret = EncryptedTextField(_("body secret"), blank=True, default="")
    #: Standard Webhooks secret (whsec_...); empty means signatures are not asked for.
    signing_secret = EncryptedTextField(_("signing secret"), blank=True, default="")
    #: Seconds by which an alert's own time may lag; empty means no limit.
    max_lag = models.PositiveIntegerField(_("maximum lag"), null=True, blank=True)
    #: Parser for text, by its folder's name.
    parser = models.CharField(_("parser"), max_length=32, default="english")
    #: Telegram chats whose messages count, by their numbers, separated by spaces. While it is
    #: empty, the first chat that a signal comes from becomes the one.
    chats = models.CharField(_("chats"), max_length=500, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self) -> str:
        return self.slug


class Instrument(models.Model):
    """What can be traded. Free text is only understood by this list."""

    symbol = models.CharField(_("symbol"), max_length=32, unique=True)
    kind = models.CharField(_("kind"), max_length=16)

    class Meta:
        verbose_name = _("instrument")
        verbose_name_plural = _("instruments")

    def __str__(self) -> str:
        return self.symbol


class InstrumentAlias(models.Model):
    """Another spelling of an instrument, in capitals without separators."""

    spelling = models.CharField(_("spelling"), max_length=32, unique=True)
    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="aliases")

    class Meta:
        verbose_name = _("alias")
        verbose_name_plural = _("aliases")

    def __str__(self) -> str:
        return self.spelling
