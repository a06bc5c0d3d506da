"""The owner's settings: looks and tax, legal texts, words of mails."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signalcast.accounts.models import Role
from signalcast.plans.models import Reminder
from signalcast.plans.reminder_text import our_words as our_reminder
from signalcast.portal.access import roles_required
from signalcast.portal.entrance.mail_words import our_words
from signalcast.portal.forms.settings import LegalTextForm, MailTextForm, SettingsForm
from signalcast.portal.save_settings import (
    FIELDS,
    reset_mail_text,
    save_legal_text,
    save_mail_text,
    save_settings,
)
from signalcast.shop.current import current, forget
from signalcast.shop.mails import MAILS
from signalcast.shop.models import LegalText, MailText, Setting
from signalcast.shop.own_words import MailWords, check_words, placeholders


@require_http_methods(["GET", "POST"])
@roles_required(Role.OWNER)
def settings(request: HttpRequest) -> HttpResponse:
    """All that has one value, and the way to the texts."""
    row = Setting.objects.filter(pk=Setting.ONE).defer("logo").first() or Setting()
    start = {name: getattr(row, name) for name in FIELDS}
    if row.tax_rate is not None:
        start["tax_rate"] = f"{row.tax_rate.normalize():f}"
    form = SettingsForm(request.POST or None, request.FILES or None, initial=start)
    if request.method == "POST" and form.is_valid():
        save_settings(request, form.cleaned_data)
        messages.success(request, _("The settings are saved. They hold everywhere in seconds."))
        return redirect("settings")
    _say_what_holds(form, row)
    context = {
        "form": form,
        "row": row,
        "legal": LegalText.Slug.choices,
        "there": set(LegalText.objects.values_list("slug", flat=True)),
        "mails": MailText.objects.count(),
    }
    return render(request, "portal/settings.html", context, status=_status(form))


@require_http_methods(["GET", "POST"])
@roles_required(Role.OWNER)
def legal_text(request: HttpRequest, slug: str) -> HttpResponse:
    """One legal text in one language, or for all without their own."""
    if slug not in LegalText.Slug.values:
        raise Http404
    language = _language(request)
    row = LegalText.objects.filter(slug=slug, language=language).first()
    form = LegalTextForm(request.POST or None, initial={"text": row.text if row else ""})
    if request.method == "POST" and form.is_valid():
        save_legal_text(request, slug, language, form.cleaned_data["text"])
        messages.success(request, _("The text is saved."))
        return redirect("settings")
    context = {
        "form": form,
        "slug": slug,
        "title": LegalText.Slug(slug).label,
        "row": row,
        "of": language,
        "languages": django_settings.LANGUAGES,
    }
    return render(request, "portal/settings_legal.html", context, status=_status(form))


@require_GET
@roles_required(Role.OWNER)
def mail_texts(request: HttpRequest) -> HttpResponse:
    """Every mail, with the owner's words that there are for it."""
    mine: dict[str, list[str]] = {}
    for key, language in MailText.objects.order_by("language").values_list("key", "language"):
        mine.setdefault(key, []).append(language)
    rows = [(key, mail.name, mine.get(key, [])) for key, mail in MAILS.items()]
    return render(request, "portal/settings_mails.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@roles_required(Role.OWNER)
def mail_text(request: HttpRequest, key: str) -> HttpResponse:
    """The words of one mail, with what an example becomes. Only good ones are kept."""
    if key not in MAILS:
        raise Http404
    language = _language(request)
    row = MailText.objects.filter(key=key, language=language).first()
    ours = _ours(key, language)
    start = MailWords(row.subject, row.body) if row else ours
    initial = {"subject": start.subject, "body": start.text}
    form = MailTextForm(request.POST or None, key=key, initial=initial)
    preview = request.POST.get("act") == "preview"
    if request.method == "POST" and form.is_valid() and not preview:
        said = form.cleaned_data
        save_mail_text(request, key, language, said["subject"], said["body"])
        messages.success(request, _("The words are saved. The next mail has them."))
        return redirect("mail_texts")
    shown = form.shown if form.is_bound else check_words(key, start.subject, start.text)
    context = {
        "form": form,
        "key": key,
        "mail": MAILS[key],
        "names": placeholders(key).values(),
        "row": row,
        "of": language,
        "languages": django_settings.LANGUAGES,
        "shown": {"subject": shown.subject, "body": shown.text} if shown else None,
        "ours": ours,
    }
    part = request.headers.get("HX-Request") == "true"
    name = "portal/_wording_preview.html" if part else "portal/settings_mail.html"
    return render(request, name, context, status=200 if part else _status(form))


@require_POST
@roles_required(Role.OWNER)
def reset_mail(request: HttpRequest, key: str) -> HttpResponse:
    """Back to our words."""
    if key not in MAILS:
        raise Http404
    reset_mail_text(request, key, _language(request))
    messages.success(request, _("Our own words are used again."))
    return redirect("mail_texts")


def _ours(key: str, language: str) -> MailWords:
    """Our words, with names where values will stand."""
    named: dict[str, Any] = placeholders(key)
    with translation.override(language or django_settings.LANGUAGE_CODE):
        kind, _dot, name = key.partition(".")
        if kind == "reminder":
            subject, text = our_reminder(Reminder.Kind(name), named)
            return MailWords(subject, text + "\n\n" + named["address"])
        return MailWords(*our_words(f"{kind}/email/{name}", named))


def _language(request: HttpRequest) -> str:
    asked = request.POST.get("language") or request.GET.get("language", "")
    return asked if asked in dict(django_settings.LANGUAGES) else ""


def _say_what_holds(form: SettingsForm, row: Setting) -> None:
    """Beside what is empty, what holds instead."""
    forget()
    shop = current()
    instead = {
        "seller": shop.seller if not row.seller else "",
        "tax_rate": f"{shop.tax_rate.normalize():f} %" if row.tax_rate is None else "",
        "tax_name": shop.tax_name if not row.tax_name else "",
    }
    for name, said in instead.items():
        if said:
            field = form.fields[name]
            holds = _("Empty: %(said)s.") % {"said": " · ".join(said.splitlines())}
            field.help_text = f"{field.help_text} {holds}".strip()


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200
