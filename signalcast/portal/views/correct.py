"""Correct what waits for review: the understood fields in a form, then on its way."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from signalcast.core.prices import plain
from signalcast.intake.models import Receipt
from signalcast.intake.states import ReceiptState
from signalcast.portal.access import REVIEWERS, roles_required, signed_in
from signalcast.portal.forms.change import CloseForm, UpdateForm, shown
from signalcast.portal.forms.signal import SignalForm
from signalcast.portal.keys import read_uuid
from signalcast.portal.sketch import sketch
from signalcast.portal.understood import facts_of, text_of
from signalcast.portal.views.desk import newest
from signalcast.signals.correct import correct as carry_out
from signalcast.signals.draft import Draft, DraftKind
from signalcast.signals.interpret import interpret
from signalcast.signals.models import Signal
from signalcast.signals.revise import State, state_of
from signalcast.signals.states import RevisionKind, SignalState

#: Open signals that a change can be about, the newest first.
SHOWN = 100


@require_http_methods(["GET", "POST"])
@roles_required(*REVIEWERS)
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A form with what was understood; what it says is published in place of the receipt."""
    receipt = get_object_or_404(Receipt.objects.select_related("source__feed"), pk=pk)
    if receipt.state != ReceiptState.REVIEW:
        messages.error(request, _("It is decided on already: nothing was changed."))
        return redirect("review")
    drafts = [draft for draft in interpret(receipt).drafts if facts_of(draft)]
    draft = drafts[-1] if drafts else None
    signals = Signal.objects.filter(feed=receipt.source.feed, state=SignalState.OPEN)
    open_signals = list(signals.select_related("feed").order_by("-pk")[:SHOWN])
    asked = request.POST or request.GET
    kind = asked.get("kind") or (draft.kind.value if draft else "new")
    about = _about(asked.get("about", ""), open_signals, draft)
    form = _form(request, kind, about, draft)
    if request.method == "POST" and form is not None and form.is_valid():
        outcome = carry_out(receipt.pk, form.typed, by=signed_in(request))
        if outcome is not None:
            return redirect("submitted", pk=outcome.id)
        messages.error(request, _("It is decided on already: nothing was changed."))
        return redirect("review")
    context = {
        "receipt": receipt,
        "text": text_of(receipt),
        "several": len(drafts) > 1,
        "form": form,
        "kind": kind,
        "kinds": RevisionKind.choices,
        "about": about,
        "open_signals": open_signals,
        "picture": _picture(form),
    }
    status = 422 if form is not None and form.is_bound and form.errors else 200
    return render(request, "portal/correct.html", context, status=status)


def _about(text: str, signals: list[Signal], draft: Draft | None) -> Signal | None:
    """The open signal that was chosen, else the one that the draft seems to mean."""
    chosen = read_uuid(text)
    for signal in signals:
        if signal.pk == chosen:
            return signal
    for signal in signals:
        if draft and (signal.source_ref == draft.ref or signal.symbol == draft.symbol):
            return signal
    return None


def _form(
    request: HttpRequest, kind: str, about: Signal | None, draft: Draft | None
) -> SignalForm | CloseForm | None:
    """The form for a kind of request; None when a signal is still to be chosen."""
    data = request.POST or None
    if kind == "new":
        usual = {"side": "buy", "order_type": "market"}
        return SignalForm(data, initial=usual | (_initial(draft) if draft else {}))
    if about is None:
        return None
    if kind == "update":
        initial = _initial(draft) if draft and draft.kind is not DraftKind.NEW else {}
        return UpdateForm(data, signal=about, last=state_of(newest(about)), initial=initial)
    action = "cancel" if kind == "cancel" else "close"
    exit_price = draft.exit_price if draft else None
    price = {"price": plain(exit_price)} if exit_price is not None else {}
    comment = {"comment": draft.comment} if draft else {}
    return CloseForm(data, signal=about, action=action, initial=price | comment)


def _initial(draft: Draft) -> dict[str, Any]:
    """What a draft says as a form shows it; what it leaves open stays open."""
    state = State(
        side=draft.side or "",
        order_type=draft.order_type or "",
        entries=draft.entries,
        stop_loss=draft.stop_loss,
        targets=draft.targets,
        leverage=draft.leverage,
        timeframe=draft.timeframe or "",
        valid_until=draft.valid_until,
    )
    said = {"symbol": draft.symbol, "side": draft.side, "comment": draft.comment} | shown(state)
    return {name: value for name, value in said.items() if value}


def _picture(form: forms.Form | None) -> str:
    if not isinstance(form, SignalForm):
        return ""
    last = getattr(form, "last", None)
    return sketch(form, last.side if last else "")
