"""The analyst's desk: publish a signal, change one, end one."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signalcast.core.ids import new_id
from signalcast.feeds.desk import desk
from signalcast.feeds.models import Feed
from signalcast.intake.models import Receipt
from signalcast.intake.new_receipt import Status
from signalcast.portal.access import REVIEWERS, WRITERS, roles_required, signed_in, visible_signals
from signalcast.portal.draw_revision import draw_revision
from signalcast.portal.forms.change import CloseForm, UpdateForm
from signalcast.portal.forms.signal import SignalForm
from signalcast.portal.keys import read_uuid
from signalcast.portal.sketch import sketch
from signalcast.signals.models import Revision, Signal
from signalcast.signals.revise import state_of
from signalcast.signals.states import SignalState
from signalcast.signals.submit import find_submitted, submit


@require_http_methods(["GET", "POST"])
@roles_required(*WRITERS)
def publish(request: HttpRequest) -> HttpResponse:
    """A new signal."""
    feeds = list(Feed.objects.order_by("name"))
    if not feeds:
        messages.error(request, _("A signal is published in a feed. Have the owner create one."))
        return redirect("signals")
    wanted = request.POST.get("feed") or request.GET.get("feed")
    feed = next((one for one in feeds if one.slug == wanted), feeds[0])
    form = SignalForm(request.POST or None, initial={"side": "buy", "order_type": "market"})
    good = request.method == "POST" and form.is_valid()
    if good and (answer := _submit(request, form, feed)) is not None:
        return answer
    context = {"form": form, "feeds": feeds, "feed": feed, "title": _("Publish a signal")}
    return _show(request, form, context | {"act": _("Publish")})


@require_http_methods(["GET", "POST"])
@roles_required(*WRITERS)
def update(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A change of an open signal, with the whole of it filled in."""
    signal = _signal(request, pk)
    last = state_of(newest(signal))
    form = UpdateForm(request.POST or None, signal=signal, last=last)
    if (answer := _answer(request, form, signal)) is not None:
        return answer
    context = {"form": form, "signal": signal, "last": last, "title": _("Update")}
    return _show(request, form, context | {"act": _("Publish the update")})


@require_http_methods(["GET", "POST"])
@roles_required(*WRITERS)
def end(request: HttpRequest, pk: UUID, action: str) -> HttpResponse:
    """The close of a signal, or its cancellation."""
    signal = _signal(request, pk)
    form = CloseForm(request.POST or None, signal=signal, action=action)
    if (answer := _answer(request, form, signal)) is not None:
        return answer
    last = newest(signal)
    titles = {"close": _("Close"), "cancel": _("Cancel")}
    acts = {"close": _("Publish the close"), "cancel": _("Publish the cancellation")}
    context = {
        "form": form,
        "signal": signal,
        "last": state_of(last),
        "action": action,
        "title": titles[action],
        "act": acts[action],
        "picture": draw_revision(last),
    }
    return _show(request, form, context)


@require_POST
@roles_required(*REVIEWERS)
def look(request: HttpRequest) -> HttpResponse:
    """What is wrong with a form as it is being filled in, and its picture. Publishes nothing."""
    signal_id = read_uuid(request.POST.get("signal", ""))
    form = SignalForm(request.POST)
    side = request.POST.get("side", "")
    if signal_id is not None:
        signal = get_object_or_404(visible_signals(signed_in(request)), pk=signal_id)
        last = state_of(newest(signal))
        form, side = UpdateForm(request.POST, signal=signal, last=last), last.side
    form.is_valid()
    return render(request, "portal/_look.html", {"form": form, "picture": sketch(form, side)})


@require_GET
@roles_required(*REVIEWERS)
def submitted(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What became of what was just put in. The page asks again until it is decided."""
    receipt = get_object_or_404(Receipt.objects.select_related("source"), pk=pk)
    revision = receipt.revisions.order_by("-pk").first()
    part = request.headers.get("HX-Request") == "true"
    if revision is not None:
        found = redirect("signal", pk=revision.signal_id)
        return HttpResponse(headers={"HX-Redirect": found.url}) if part else found
    context = {"receipt": receipt, "waits": receipt.due or receipt.leased_until}
    return render(request, "portal/_submitted.html" if part else "portal/submitted.html", context)


def newest(signal: Signal) -> Revision:
    """The revision that stands."""
    return signal.revisions.prefetch_related("targets").get(number=signal.revision)


def _signal(request: HttpRequest, pk: UUID) -> Signal:
    return get_object_or_404(visible_signals(signed_in(request)).select_related("feed"), pk=pk)


def _answer(
    request: HttpRequest, form: UpdateForm | CloseForm, signal: Signal
) -> HttpResponse | None:
    """What a change leads to; None when its form is to be shown."""
    is_open = signal.state == SignalState.OPEN
    if request.method == "POST" and form.is_valid() and is_open:
        return _submit(request, form, signal.feed)
    # Of two clicks on one button the second may come when the first is published already.
    key = request.POST.get("key", "")
    if key and (receipt := find_submitted(desk(signal.feed), key)) is not None:
        return redirect("submitted", pk=receipt)
    if not is_open:
        messages.error(request, _("This signal has ended. What has ended stays as it is."))
        return redirect("signal", pk=signal.pk)
    return None


def _submit(request: HttpRequest, form: SignalForm | CloseForm, feed: Feed) -> HttpResponse | None:
    """Put in what a good form says. None when the same form said something else before."""
    key = read_uuid(request.POST.get("key", "")) or new_id()
    outcome = submit(form.typed, source=desk(feed), by=signed_in(request), key=str(key))
    if outcome.status is Status.MISMATCH:
        said = _("This form was sent before and said something else then. Press the button again"
                 " if this is to be published as well.")  # fmt: skip
        form.add_error(None, said)
        return None
    return redirect("submitted", pk=outcome.id)


def _show(request: HttpRequest, form: forms.Form, context: dict[str, object]) -> HttpResponse:
    context = {"key": new_id()} | context
    if isinstance(form, SignalForm) and "picture" not in context:
        last = getattr(form, "last", None)
        context["picture"] = sketch(form, last.side if last else "")
    if form.is_bound and not form.errors:
        context["key"] = request.POST.get("key", "")
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "portal/desk.html", context, status=status)
