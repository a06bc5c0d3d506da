"""Keep what the owner set, with what it was before in the audit log."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from signalcast.core import events
from signalcast.portal.noted import noted
from signalcast.shop.current import forget
from signalcast.shop.models import LegalText, MailText, Setting

#: What the form and the row have in common.
FIELDS = ("name", "accent", "accent_dark", "seller", "currency", "tax_rate", "tax_name")


def save_settings(request: HttpRequest, values: dict[str, Any]) -> None:
    """Keep VALUES of the form. Noted where it changes something."""
    with transaction.atomic():
        Setting.objects.get_or_create(pk=Setting.ONE)
        row = Setting.objects.select_for_update().get(pk=Setting.ONE)
        wanted = {name: values[name] for name in FIELDS}
        if values["logo"]:
            wanted |= {"logo": values["logo"], "logo_tag": _tag(values["logo"])}
        elif values["remove_logo"]:
            wanted |= {"logo": None, "logo_tag": ""}
        changed = {name for name, value in wanted.items() if getattr(row, name) != value}
        told: dict[str, Any] = {}
        for name in sorted(changed - {"logo"}):
            told |= {f"{name}_before": getattr(row, name), f"{name}_after": wanted[name]}
        if not told:
            return
        for name in changed:
            setattr(row, name, wanted[name])
        row.save(update_fields=sorted(changed))
        noted(request, "settings.changed", **told)
        transaction.on_commit(forget)
    events.emit("settings.changed", names=sorted(changed))


def save_legal_text(request: HttpRequest, slug: str, language: str, text: str) -> None:
    """Keep a legal TEXT, or none where it is empty."""
    with transaction.atomic():
        rows = LegalText.objects.filter(slug=slug, language=language)
        before = rows.values_list("text", flat=True).first() or ""
        if text == before:
            return
        if text:
            LegalText.objects.update_or_create(
                slug=slug, language=language, defaults={"text": text}
            )
        else:
            rows.delete()
        target = " ".join(filter(None, (slug, language)))
        noted(request, "settings.legal_text_changed", target=target, before=before, after=text)
        transaction.on_commit(forget)
    events.emit("settings.legal_text_changed", text=slug, language=language)


def save_mail_text(request: HttpRequest, key: str, language: str, subject: str, body: str) -> None:
    """Keep the words of a mail, which were checked."""
    with transaction.atomic():
        before = MailText.objects.filter(key=key, language=language).first()
        MailText.objects.update_or_create(
            key=key, language=language, defaults={"subject": subject, "body": body}
        )
        noted(
            request,
            "settings.mail_changed",
            target=" ".join(filter(None, (key, language))),
            before=_words(before),
            after=f"{subject}\n\n{body}",
        )
    events.emit("settings.mail_changed", mail=key, language=language)


def reset_mail_text(request: HttpRequest, key: str, language: str) -> None:
    """Back to our words."""
    with transaction.atomic():
        before = MailText.objects.filter(key=key, language=language).first()
        if before is None:
            return
        before.delete()
        target = " ".join(filter(None, (key, language)))
        noted(request, "settings.mail_reset", target=target, before=_words(before))
    events.emit("settings.mail_reset", mail=key, language=language)


def _words(row: MailText | None) -> str:
    return f"{row.subject}\n\n{row.body}" if row else ""


def _tag(body: bytes) -> str:
    return sha256(body).hexdigest()[:16]
