"""The business in its owner's words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from signalcast.shop.legal import LegalSlug


class Setting(models.Model):
    """All that has one value. There is one row, or none as long as nothing was set."""

    #: The key of the one row.
    ONE = 1

    name = models.CharField(_("name"), max_length=60, default="", db_default="")
    #: As in `#2456d6`, for light and for dark pages; empty: ours.
    accent = models.CharField(_("colour"), max_length=7, default="", db_default="")
    accent_dark = models.CharField(_("colour in the dark"), max_length=7, default="", db_default="")
    #: WebP that we made, and a word that changes with it; both empty where there is none.
    logo = models.BinaryField(_("logo"), null=True)
    logo_tag = models.CharField(_("logo's tag"), max_length=16, default="", db_default="")
    #: Of these what is empty is said by the environment.
    seller = models.TextField(_("seller"), default="", db_default="")
    tax_rate = models.DecimalField(_("tax in per cent"), max_digits=5, decimal_places=3, null=True)
    tax_name = models.CharField(_("name of the tax"), max_length=40, default="", db_default="")
    #: What new plans are sold in, until their form says something else.
    currency = models.CharField(_("currency"), max_length=3, default="", db_default="")

    class Meta:
        verbose_name = _("settings")
        verbose_name_plural = _("settings")

    def __str__(self) -> str:
        return self.name


class LegalText(models.Model):
    """A text that the law asks for, as plain text."""

    Slug = LegalSlug

    slug = models.CharField(_("text"), max_length=16, choices=Slug.choices)
    #: As in "de"; empty: for all languages without one of their own.
    language = models.CharField(_("language"), max_length=8, default="")
    text = models.TextField(_("text"))
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("legal text")
        verbose_name_plural = _("legal texts")
        constraints = [
            models.UniqueConstraint(fields=["slug", "language"], name="one_legal_text_each")
        ]

    def __str__(self) -> str:
        return f"{self.slug} {self.language or '*'}"


class MailText(models.Model):
    """The owner's words for one kind of mail, in place of ours."""

    #: See `mails`.
    key = models.CharField(_("mail"), max_length=64)
    #: As in "de"; empty: for all languages without words of their own.
    language = models.CharField(_("language"), max_length=8, default="")
    subject = models.CharField(_("subject"), max_length=300)
    body = models.TextField(_("text"))
    changed_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("text of a mail")
        verbose_name_plural = _("texts of mails")
        constraints = [
            models.UniqueConstraint(fields=["key", "language"], name="one_mail_text_each")
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.language or '*'}"
