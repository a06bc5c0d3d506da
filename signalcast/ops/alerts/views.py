"""What is wrong, who is told, and how the rules are held."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signalcast.accounts.audit import audit
from signalcast.accounts.models import Role
from signalcast.channels.base import AddressError
from signalcast.core import clock, events
from signalcast.ops.alerts.acknowledge import acknowledge
from signalcast.ops.alerts.add_receiver import add_receiver
from signalcast.ops.alerts.forms import ReceiverForm, RuleForm, SilenceForm
from signalcast.ops.alerts.models import Alert, Maintenance, Receiver, RuleSetting
from signalcast.ops.alerts.registry import rules
from signalcast.ops.alerts.rule import Rule
from signalcast.ops.alerts.silence import end_silence, silence
from signalcast.ops.alerts.try_receiver import try_receiver
from signalcast.portal.access import OBSERVERS, OPERATORS, roles_required, signed_in

#: Alerts of the past that the page shows, the newest first.
SHOWN = 50


@require_GET
@roles_required(*OBSERVERS)
def alerts(request: HttpRequest) -> HttpResponse:
    """Everything about alerts on one page."""
    return _page(request, ReceiverForm(), SilenceForm())


def _page(
    request: HttpRequest, receiver: ReceiverForm, quiet: SilenceForm, *, status: int = 200
) -> HttpResponse:
    titles = {name: rule.title for name, rule in rules().items()}
    changed = {row.rule: row for row in RuleSetting.objects.all()}
    context = {
        "open": Alert.objects.filter(open_key__isnull=False).order_by("since"),
        "past": Alert.objects.filter(open_key__isnull=True).order_by("-since")[:SHOWN],
        "receivers": Receiver.objects.select_related("account").order_by("pk"),
        "now": clock.now(),
        "silences": Maintenance.objects.filter(ends_at__gt=Now()).order_by("ends_at"),
        "rules": [_held(rule, changed.get(name)) for name, rule in rules().items()],
        "titles": titles,
        "receiver_form": receiver,
        "silence_form": quiet,
        "may_act": signed_in(request).has_role(*OPERATORS),
    }
    return render(request, "alerts/alerts.html", context, status=status)


def _held(rule: Rule, row: RuleSetting | None) -> tuple[Rule, bool, float, int]:
    """A rule with how it is held at the moment."""
    if row is None:
        return rule, True, rule.threshold, rule.throttle
    threshold = rule.threshold if row.threshold is None else row.threshold
    return rule, row.is_on, threshold, rule.throttle if row.throttle is None else row.throttle


@require_POST
@roles_required(*OPERATORS)
def acknowledge_alert(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that somebody has seen it."""
    if acknowledge(pk, by=signed_in(request).email):
        messages.success(request, _("It is acknowledged: no reminders are sent."))
    else:
        messages.error(request, _("It is over already, or somebody else acknowledged it."))
    return redirect("alerts")


@require_POST
@roles_required(*OPERATORS)
def begin_silence(request: HttpRequest) -> HttpResponse:
    """Tell nobody for a while, or everybody again."""
    by = signed_in(request).email
    if request.POST.get("act") == "end":
        end_silence(by=by)
        messages.success(request, _("Alerts are told again."))
        return redirect("alerts")
    form = SilenceForm(request.POST)
    if not form.is_valid():
        return _page(request, ReceiverForm(), form, status=422)
    data = form.cleaned_data
    later = data["begins_in"] or 0
    silence(data["minutes"], begins_in=later, rule=data["rule"], reason=data["reason"], by=by)
    messages.success(
        request, _("It is planned.") if later else _("Nobody is told until it is over.")
    )
    return redirect("alerts")


@require_POST
@roles_required(*OPERATORS)
def create_receiver(request: HttpRequest) -> HttpResponse:
    """Tell somebody more."""
    form = ReceiverForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            add_receiver(
                data["kind"],
                data["address"],
                account=data["account"],
                by=signed_in(request).email,
            )
        except AddressError as problem:
            form.add_error("address", forms.ValidationError(str(problem)))
        else:
            messages.success(request, _("The receiver is told from now on. Send it a test."))
            return redirect("alerts")
    return _page(request, form, SilenceForm(), status=422)


@require_POST
@roles_required(*OPERATORS)
def change_receiver(request: HttpRequest, pk: int) -> HttpResponse:
    """Test, switch on or off, or remove a receiver."""
    row = get_object_or_404(Receiver, pk=pk)
    act, by = request.POST.get("act"), signed_in(request).email
    if act == "test":
        if problem := try_receiver(row, by=by):
            messages.error(request, _("It did not get there. %(why)s") % {"why": problem})
        else:
            messages.success(request, _("The test got there."))
    elif act in ("on", "off"):
        with transaction.atomic():
            Receiver.objects.filter(pk=pk).update(is_on=act == "on")
            audit(f"alerts.receiver_{act}", by=by, target=str(row))
        messages.success(request, _("The receiver is changed."))
    elif act == "remove":
        with transaction.atomic():
            audit("alerts.receiver_removed", by=by, target=str(row))
            row.delete()
        messages.success(request, _("The receiver is removed."))
    events.emit("alert.receiver_changed", receiver=pk, act=act, by=by)
    return redirect("alerts")


@require_http_methods(["GET", "POST"])
@roles_required(Role.OWNER)
def edit_rule(request: HttpRequest, name: str) -> HttpResponse:
    """Change how a rule is held."""
    rule = rules().get(name)
    if rule is None:
        raise Http404
    row = RuleSetting.objects.filter(rule=name).first() or RuleSetting(rule=name)
    known = {"is_on": row.is_on, "threshold": row.threshold, "throttle": row.throttle}
    form = RuleForm(request.POST or None, initial=known)
    usual = {"threshold": rule.threshold, "throttle": rule.throttle}
    for field, value in usual.items():
        unit = rule.unit if field == "threshold" else "s"
        form.fields[field].help_text = _("Empty: %(value)g %(unit)s, as usual.") % {
            "value": value,
            "unit": unit,
        }
    if form.is_valid():
        by = signed_in(request).email
        with transaction.atomic():
            RuleSetting.objects.update_or_create(rule=name, defaults=form.cleaned_data)
            audit("alerts.rule_changed", by=by, target=name, **form.cleaned_data)
        events.emit("alert.rule_changed", rule=name, by=by)
        messages.success(request, _("The rule is changed, within a minute everywhere."))
        return redirect("alerts")
    context = {"form": form, "title": rule.title, "back": "alerts", "act": _("Save")}
    context["shell"] = "signalcast alerts"
    return render(request, "ops/form.html", context, status=422 if form.errors else 200)
