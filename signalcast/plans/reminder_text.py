"""What a reminder says, in its reader's language."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from signalcast.core.env import environment
from signalcast.core.money import told
from signalcast.plans.models import Reminder, Subscription

PAGE = "/app/subscription/"


def reminder_text(reminder: Reminder) -> tuple[str, str]:
    """The subject and the text of a mail."""
    one = reminder.subscription
    with translation.override(one.user.language or settings.LANGUAGE_CODE):
        subject, text = _words(Reminder.Kind(reminder.kind), one, reminder.about)
        address = environment().public_url.rstrip("/")
        if address:
            text += "\n\n" + _("Your subscription:") + f" {address}{PAGE}"
    return subject, text + "\n"


def _words(kind: Reminder.Kind, one: Subscription, about: datetime) -> tuple[str, str]:
    words = {
        "plan": one.plan.name,
        "next": (one.next_plan or one.plan).name,
        "when": f"{about:%Y-%m-%d %H:%M} UTC",
        "amount": told(one.amount_due, one.currency),
    }
    if kind == Reminder.Kind.TRIAL_ENDS:
        return (
            _("Your trial of %(plan)s ends soon") % words,
            _(
                "Your trial of %(plan)s ends on %(when)s. To go on getting signals, pay "
                "%(amount)s until then. If you do nothing, it ends by itself."
            )
            % words,
        )
    if kind == Reminder.Kind.RENEWS:
        return (
            _("Your subscription to %(plan)s renews soon") % words,
            _(
                "A new period of %(next)s begins on %(when)s and costs %(amount)s. If you don't "
                "want it, cancel until then."
            )
            % words,
        )
    if kind == Reminder.Kind.ENDS:
        return (
            _("Your subscription to %(plan)s ends soon") % words,
            _(
                "%(plan)s ends on %(when)s. After that you get no more signals. You can still "
                "change that."
            )
            % words,
        )
    return (
        _("A payment for %(plan)s is missing") % words,
        _(
            "%(amount)s for %(plan)s was not paid. You still get signals until %(when)s. Pay "
            "until then, and nothing changes."
        )
        % words,
    )
