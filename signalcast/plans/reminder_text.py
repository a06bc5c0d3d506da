"""What a reminder says, in its reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from signalcast.core.env import environment
from signalcast.core.money import told
from signalcast.plans.models import Reminder, Subscription
from signalcast.shop.own_words import own_words

PAGE = "/app/subscription/"


def reminder_text(reminder: Reminder) -> tuple[str, str]:
    """The subject and the text of a mail."""
    one = reminder.subscription
    language = one.user.language or settings.LANGUAGE_CODE
    address = environment().public_url.rstrip("/")
    kind, named = Reminder.Kind(reminder.kind), _named(one, reminder.about)
    link = f"{address}{PAGE}" if address else ""
    if own := own_words(key_of(kind), language, {**named, "address": link}):
        return own.subject, own.text + "\n"
    with translation.override(language):
        subject, text = our_words(kind, named)
        if address:
            text += "\n\n" + _("Your subscription:") + f" {link}"
    return subject, text + "\n"


def key_of(kind: Reminder.Kind) -> str:
    """What mails of KIND are called where their words are kept."""
    return f"reminder.{kind.value}"


def _named(one: Subscription, about: datetime) -> dict[str, str]:
    """What a reminder may name."""
    return {
        "plan": one.plan.name,
        "next": (one.next_plan or one.plan).name,
        "when": f"{about:%Y-%m-%d %H:%M} UTC",
        "amount": told(one.amount_due, one.currency),
    }


def our_words(kind: Reminder.Kind, words: Mapping[str, str]) -> tuple[str, str]:
    """The subject and the text in the language that is active; WORDS has what they name."""
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
