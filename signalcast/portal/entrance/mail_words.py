"""The words of a mail about an account: the owner's where there are some, else ours."""

from __future__ import annotations

from collections.abc import Mapping

from django.template.loader import render_to_string
from django.utils.translation import get_language

from signalcast.core.env import environment
from signalcast.shop.mails import MAILS
from signalcast.shop.own_words import own_words


def words_of(template_prefix: str, words: Mapping[str, object]) -> tuple[str, str]:
    """The subject and the text in the language that is active; WORDS has what they name.

    TEMPLATE_PREFIX is as allauth has it, as in `account/email/password_changed`.
    """
    named = {**words, "address": environment().public_url}
    key = template_prefix.replace("/email/", ".")
    own = own_words(key, get_language() or "", named) if key in MAILS else None
    return own or our_words(template_prefix, named)


def our_words(template_prefix: str, words: Mapping[str, object]) -> tuple[str, str]:
    """Ours, as they are in the templates."""
    subject = render_to_string(f"{template_prefix}_subject.txt", dict(words))
    text = render_to_string(f"{template_prefix}_message.txt", dict(words))
    return " ".join(subject.split()), text.strip()
