"""Wordings: the owner's words for each type of message, in place of ours."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signalcast.accounts.models import Role
from signalcast.channels.base import Content, WordingTexts
from signalcast.channels.models import Wording
from signalcast.channels.registry import kinds
from signalcast.channels.wording import Words, examples, ours, types, word
from signalcast.core import events
from signalcast.portal.access import roles_required
from signalcast.portal.forms.wording import WordingForm
from signalcast.portal.noted import noted

NAMES = {
    "signal.published": gettext_lazy("A new signal"),
    "signal.updated": gettext_lazy("An update"),
    "signal.closed": gettext_lazy("A close"),
    "signal.cancelled": gettext_lazy("A cancellation"),
    "announcement.published": gettext_lazy("An announcement"),
    "test.published": gettext_lazy("A test"),
}
#: Languages of messages, in their own names.
LANGUAGES = ("en", "de", "es", "fr", "it", "pt", "pl", "ru", "tr", "uk", "ar", "zh-hans", "ja")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which words are meant: a type, and a channel and language or "" for all of them."""

    type: str
    kind: str
    language: str

    @property
    def name(self) -> str:
        """The type in words."""
        return str(NAMES.get(self.type, self.type))

    def __str__(self) -> str:
        return " ".join(filter(None, (self.type, self.kind, self.language)))


@require_GET
@roles_required(Role.OWNER)
def wordings(request: HttpRequest) -> HttpResponse:
    """Every type, with the wordings there are of it."""
    known: dict[str, list[Wording]] = {type_: [] for type_ in types()}
    for row in Wording.objects.order_by("type", "kind", "language"):
        known.setdefault(row.type, []).append(row)
    rows = [(type_, NAMES.get(type_, type_), mine) for type_, mine in known.items()]
    return render(request, "portal/wordings.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@roles_required(Role.OWNER)
def edit_wording(request: HttpRequest, type_: str) -> HttpResponse:
    """One wording, with what an example becomes. Only good ones are stored."""
    chosen = _chosen(request, type_)
    row = Wording.objects.filter(type=type_, kind=chosen.kind, language=chosen.language).first()
    start = WordingTexts(row.subject, row.body) if row else ours(type_)
    form = WordingForm(request.POST or None, type_=type_, initial=start._asdict())
    preview = request.POST.get("act") == "preview"
    if request.method == "POST" and form.is_valid() and not preview:
        texts = {"subject": form.cleaned_data["subject"], "body": form.cleaned_data["body"]}
        with transaction.atomic():
            Wording.objects.update_or_create(
                type=type_, kind=chosen.kind, language=chosen.language, defaults=texts
            )
            noted(request, "wordings.changed", target=str(chosen))
        events.emit("wording.changed", type=type_, kind=chosen.kind, language=chosen.language)
        messages.success(request, _("The words are saved. The next message has them."))
        return redirect("wordings")
    context = {
        "form": form,
        "chosen": chosen,
        "row": row,
        "kinds": kinds(),
        "languages": [(code, get_language_info(code)["name_local"]) for code in LANGUAGES],
        "shown": _shown(form, chosen, start),
        "ours": ours(type_),
    }
    part = request.headers.get("HX-Request") == "true"
    name = "portal/_wording_preview.html" if part else "portal/wording.html"
    # Programs that show a part of a page take an error's part as well as any other.
    status = 422 if form.is_bound and form.errors and not part else 200
    return render(request, name, context, status=status)


@require_POST
@roles_required(Role.OWNER)
def reset_wording(request: HttpRequest, type_: str) -> HttpResponse:
    """Back to our words."""
    chosen = _chosen(request, type_)
    with transaction.atomic():
        Wording.objects.filter(type=type_, kind=chosen.kind, language=chosen.language).delete()
        noted(request, "wordings.reset", target=str(chosen))
    events.emit("wording.reset", type=type_, kind=chosen.kind, language=chosen.language)
    messages.success(request, _("Our own words are used again."))
    return redirect("wordings")


def _chosen(request: HttpRequest, type_: str) -> Chosen:
    if type_ not in types():
        raise Http404
    asked = request.POST if "kind" in request.POST else request.GET
    kind, language = asked.get("kind", ""), asked.get("language", "")
    return Chosen(
        type_,
        kind if kind in kinds() else "",
        language if language in (*LANGUAGES, settings.LANGUAGE_CODE) else "",
    )


def _shown(form: WordingForm, chosen: Chosen, start: WordingTexts) -> Words | None:
    """An example in these words; None while they have an error."""
    if form.is_bound:
        if form.shown is None:
            return None
        texts = WordingTexts(form.cleaned_data["subject"], form.cleaned_data["body"])
    else:
        texts = start
    example = next(iter(examples(chosen.type)))
    content = Content(example.type, example.timestamp, example.data, {("", ""): texts})
    return word(content, kind=chosen.kind, language=chosen.language or "en")
