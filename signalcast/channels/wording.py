"""Put a content into words: plain text from a template, ours or the owner's, in a language.

Templates are Jinja2's, in its sandbox. They see `type`, `timestamp` and what `Content.data` holds
(`feed`, `signal`, `revision`, `late_seconds`, `announcement`), and translate with `_("...")`.
Channels that speak something else than plain text make it from these words, so that what somebody
wrote into a comment is text everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _
from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from signalcast.channels.base import Content, WordingTexts
from signalcast.channels.strange_number import strange_number
from signalcast.core import events

#: What stands for the part of a comment that found no room.
ELLIPSIS = "…"
#: Where our own templates are, one for each type: the subject in the first line, then the body.
OURS = Path(__file__).parent / "wordings"
#: Fields that people write freely, which may be cut. Nothing else ever is.
FREE_TEXTS = (("signal", "comment"), ("announcement", "text"))


class Words(NamedTuple):
    """What a person reads. Neither has markup; the subject is one line."""

    subject: str
    body: str

    def __str__(self) -> str:
        return f"{self.subject}\n\n{self.body}" if self.body else self.subject


class WrongWording(ValueError):
    """A template that cannot be used; the text says in which line and why."""


class TooLong(ValueError):
    """A message that finds no room even without its comment."""


def types() -> tuple[str, ...]:
    """The types of content that there are words for."""
    return tuple(sorted(path.stem for path in OURS.glob("*.txt")))


def ours(type_: str) -> WordingTexts:
    """Our template for a type: what an owner starts from."""
    subject, _line, body = (OURS / f"{type_}.txt").read_text().partition("\n")
    return WordingTexts(subject, body.strip("\n") + "\n")


def word(content: Content, *, kind: str, language: str, most: int | None = None) -> Words:
    """The words of a content for one channel and language, made once for all receivers.

    MOST is how many characters there is room for, subject and body together: comments are cut to
    fit, numbers never. Raises TooLong.
    """

    def make(content: Content) -> Words:
        texts = _texts(content, kind, language)
        try:
            return _fit(texts, content, language, most)
        except TemplateError as error:
            # It was checked when it was saved. A message in our words is better than none.
            events.warn("wording.failed", kind=kind, type=content.type, error=str(error))
            return _fit(ours(content.type), content, language, most)

    return content.form(f"words:{kind}:{language}:{most}", make)


def check(type_: str, subject: str, body: str) -> Words:
    """Try a template of the owner's on examples. Returns the first, raises WrongWording."""
    shown = None
    for name, text in (("subject", subject), ("text", body)):
        try:
            _template(text)
        except TemplateSyntaxError as error:
            raise WrongWording(f"{name}, line {error.lineno}: {error.message}.") from None
    for example in examples(type_):
        try:
            words = _render(WordingTexts(subject, body), example, "en")
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise WrongWording(f"{_line(error)}: {error}.") from None
        if not words.subject:
            raise WrongWording(_("subject, line 1: It is empty."))
        for name, text in (("subject", subject), ("text", body)):
            if found := strange_number(_template(text), text, _values(example)):
                said = _(
                    "%(name)s, line %(line)d: It makes %(number)s of a number of the signal. Show"
                    " numbers as they come, neither rounded nor cut."
                )
                raise WrongWording(said % {"name": name, **found._asdict()})
        shown = shown or words
    assert shown is not None  # noqa: S101 - there are examples of every type
    return shown


def examples(type_: str) -> Iterator[Content]:
    """Contents to try a template on: all filled in, with many digits, next to nothing."""
    feed = {"slug": "crypto", "name": "Crypto"}
    if not type_.startswith("signal."):
        told = {"title": "Maintenance", "text": "On Sunday from 06:00 to 07:00 UTC."}
        yield Content(type_, _MOMENT, {"feed": feed, "announcement": told})
        return
    revision = {"number": 2, "kind": "update", "published_at": _MOMENT}
    full = {
        "id": "0193",
        "symbol": "BTCUSDT",
        "side": "buy",
        "order_type": "limit",
        "entries": ["64250.5", "64100"],
        "stop_loss": "63000",
        "leverage": "5",
        "take_profits": [{"price": "65000", "share": "0.5"}, {"price": "66000", "share": "0.5"}],
        "timeframe": "1h",
        "exit_price": "65900",
        "valid_until": _MOMENT,
        "state": "open",
        "comment": "Half the usual size.",
    }
    yield Content(type_, _MOMENT, {"feed": feed, "signal": full, "revision": revision})
    tiny = full | {"entries": ["0.00001234"], "stop_loss": "0.000012049", "leverage": "2.5"}
    tiny |= {"take_profits": [{"price": "0.00001310", "share": "0.25"}], "exit_price": "0.0000129"}
    yield Content(type_, _MOMENT, {"feed": feed, "signal": tiny, "revision": revision})
    empty: dict[str, Any] = {
        name: [] if isinstance(value, list) else None for name, value in full.items()
    }
    bare = empty | {"id": "0193", "symbol": "EURUSD", "side": "sell", "order_type": "market"}
    bare |= {"state": "closed", "comment": "", "take_profits": [{"price": "1.05", "share": None}]}
    yield Content(type_, _MOMENT, {"feed": feed, "signal": bare, "revision": revision})


_MOMENT = "2026-12-01T00:00:00+00:00"


def _texts(content: Content, kind: str, language: str) -> WordingTexts:
    for key in ((kind, language), (kind, ""), ("", language), ("", "")):
        if key in content.wordings:
            return content.wordings[key]
    return ours(content.type)


def _fit(texts: WordingTexts, content: Content, language: str, most: int | None) -> Words:
    words = _render(texts, content, language)
    if most is None or len(str(words)) <= most:
        return words
    data = deepcopy(content.data)
    for part, name in FREE_TEXTS:
        text = data.get(part, {}).get(name) or ""
        while text and len(str(words)) > most:
            text = text[: -(len(str(words)) - most + len(ELLIPSIS))].rstrip()
            data[part][name] = text + ELLIPSIS
            words = _render(texts, Content(content.type, content.timestamp, data), language)
    if len(str(words)) > most:
        problem = _("The message has %(count)d characters, %(most)d are allowed.")
        raise TooLong(problem % {"count": len(str(words)), "most": most})
    return words


def _render(texts: WordingTexts, content: Content, language: str) -> Words:
    values = _values(content)
    with translation.override(language):
        subject = " ".join(_template(texts.subject).render(values).split())
        body = _template(texts.body).render(values)
    return Words(subject, re.sub(r"\n{3,}", "\n\n", body).strip())


def _values(content: Content) -> dict[str, Any]:
    """What templates see."""
    values = {"type": content.type, "timestamp": content.timestamp, "late_seconds": 0}
    return values | content.data


@lru_cache(maxsize=256)
def _template(text: str) -> Template:
    return _environment().from_string(text)


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext, translation.ngettext, newstyle=True
    )
    return environment


def _line(error: Exception) -> str:
    """The template's line in which it failed, as its traceback has it."""
    at = error.__traceback__
    line = 1
    while at is not None:
        if at.tb_frame.f_code.co_filename == "<template>":
            line = at.tb_lineno
        at = at.tb_next
    return f"line {line}"
