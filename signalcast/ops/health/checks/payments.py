"""Payment providers tell what happens, and all of it is applied."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core import clock
from signalcast.core.env import environment
from signalcast.ops.health.finding import Check, Finding, State, ok, skipped
from signalcast.payments.gateways.registry import ready
from signalcast.payments.models import ProviderEvent, Turn
from signalcast.shop.current import current

#: What was told is applied within so long.
APPLIED_WITHIN = timedelta(minutes=10)
#: How long it is told that events never arrived, and without a comparison until that is told.
REMEMBERED = timedelta(days=1)
COMPARED_WITHIN = timedelta(days=2)


def look() -> Finding:
    """Whether events wait, went missing, or are compared with nothing; and half a set-up."""
    settings = environment()
    if bool(settings.stripe_key) != bool(settings.stripe_webhook_secret):
        words = _("Stripe has one of its two settings only, so that nobody can pay by it.")
        return Finding(State.WARNING, words)
    providers = [one.name for one in ready() if not one.by_hand]
    if not providers and not ready():
        return skipped(_("No payment provider is set up."))
    late = ProviderEvent.objects.filter(
        applied_at=None, received_at__lt=Now() - APPLIED_WITHIN
    ).count()
    if late:
        words = _("%d events are not applied. Look at parked jobs.") % late
        return Finding(State.FAILED, words, late)
    missed = _missed()
    if missed:
        return Finding(State.FAILED, missed)
    old = clock.now() - COMPARED_WITHIN
    if Turn.objects.filter(gateway__in=providers, compared_until__lt=old).exists():
        words = _("Not compared with the provider's list for two days. Look at the schedule.")
        return Finding(State.WARNING, words)
    if ready() and not current().seller:
        words = _("Invoices don't say who sells. Say it in the settings.")
        return Finding(State.WARNING, words)
    return ok(_("What providers told is applied."))


def _missed() -> str:
    """What never arrived and was found in the list, in words."""
    found = ProviderEvent.objects.filter(
        via=ProviderEvent.Via.FOUND, received_at__gt=Now() - REMEMBERED
    )
    rows = list(found.values_list("gateway", "type").annotate(count=Count("pk")).order_by())
    if not rows:
        return ""
    told = ", ".join(f"{count} {type_} ({name})" for name, type_, count in sorted(rows))
    return (
        _("Never arrived, and applied from the provider's list: %s. Look at its endpoint.") % told
    )


check = Check(
    title=gettext_lazy("Payments"),
    meaning=gettext_lazy(
        "Looks for events of payment providers that wait, or that never arrived at the door."
    ),
    run=look,
    every=600,
)
