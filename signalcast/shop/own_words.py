"""The owner's words for a mail: checked before they are kept, and put in place of ours.

They are templates of Jinja's sandbox, like the wordings of signals, and see nothing but the names
that `mails` lists for each kind of mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from signalcast.core import events
from signalcast.shop.mails import EXAMPLES, MAILS
from signalcast.shop.models import MailText

#: Characters of a mail that comes out.
MOST = 20_000


class MailWords(NamedTuple):
    """A subject of one line, and a plain text."""

    subject: str
    text: str


class WrongWords(ValueError):
    """Words that no mail can have; FIELD is `subject` or `body`, the text says what to do."""

    def __init__(self, field: str, said: str) -> None:
        super().__init__(said)
        self.field = field


# Mail is plain text: nothing in it is markup that could be broken out of.
_TEMPLATES = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined,
    autoescape=False,
)


def own_words(key: str, language: str, values: Mapping[str, object]) -> MailWords | None:
    """The owner's words for the mail of KEY to a reader of LANGUAGE; None where ours are to be
    used. One statement. VALUES may hold more than the mail may name."""
    rows = MailText.objects.filter(key=key, language__in={language, ""})
    row = max(rows, key=lambda row: row.language, default=None)
    if row is None:
        return None
    named = {name: str(values.get(name, "")) for name in MAILS[key].all_names}
    try:
        return _render(row.subject, row.body, named)
    except TemplateError as error:
        # They were checked when they were kept. A mail in our words is better than none.
        events.warn("mail_text.failed", key=key, language=language, error=str(error))
        return None


def check_words(key: str, subject: str, body: str) -> MailWords:
    """Try words on an example, and return what comes out. Raises WrongWords."""
    mail = MAILS[key]
    named: set[str] = set()
    for field, text in (("subject", subject), ("body", body)):
        try:
            found = meta.find_undeclared_variables(_TEMPLATES.parse(text))
        except TemplateSyntaxError as error:
            said = _("Line %(line)d: %(problem)s.") % {"line": error.lineno, "problem": error}
            raise WrongWords(field, said) from None
        if wrong := sorted(found - set(mail.all_names)):
            said = _("This mail has no %(name)s. It may name: %(names)s.")
            names = ", ".join(_braced(name) for name in mail.all_names)
            raise WrongWords(field, said % {"name": _braced(wrong[0]), "names": names})
        named |= found
    for name in mail.needs:
        if name not in named:
            said = _("Without %(name)s this mail is of no use. Put it in.")
            raise WrongWords("body", said % {"name": _braced(name)})
    try:
        made = _render(subject, body, {name: EXAMPLES[name] for name in mail.all_names})
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        said = _("It can not be written: %(problem)s.") % {"problem": error}
        raise WrongWords("body", said) from None
    if not made.subject:
        raise WrongWords("subject", _("The subject is empty."))
    if missing := [name for name in mail.needs if EXAMPLES[name] not in "".join(made)]:
        said = _("Without %(name)s this mail is of no use. Put it in.")
        raise WrongWords("body", said % {"name": _braced(missing[0])})
    return made


def placeholders(key: str) -> dict[str, str]:
    """What stands for each name in words that are still to be filled in."""
    return {name: _braced(name) for name in MAILS[key].all_names}


def _braced(name: str) -> str:
    return "{{ " + name + " }}"


def _render(subject: str, body: str, named: Mapping[str, str]) -> MailWords:
    line, text = (_TEMPLATES.from_string(one).render(named) for one in (subject, body))
    return MailWords(" ".join(line.split())[:300], text.strip()[:MOST])
