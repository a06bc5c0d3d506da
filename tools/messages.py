"""What subscribers read, in their languages: `python -m tools.messages [--check]`.

Collects the texts of messages and of the pages that messages lead to, brings
signalcast/locale/LANGUAGE/LC_MESSAGES/django.po up to date and compiles each into the file beside
it. New texts are left empty for a person to translate; with --check that is an error, and so is a
compiled file that says something else than its source.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "signalcast" / "locale"
LANGUAGES = ("de", "es", "ru")
#: The texts for subscribers, by what they are written in.
JINJA = ("signalcast/channels/wordings/*.txt",)
PYTHON = (
    "signalcast/accounts/find_token.py",
    "signalcast/accounts/profile.py",
    "signalcast/api/[!m]*.py",
    "signalcast/api/operations/[!m]*.py",  # what is left out only staff reads
    "signalcast/channels/telegram/answer_start.py",
    "signalcast/channels/telegram/code.py",
    "signalcast/portal/entrance/*.py",
    "signalcast/core/attachments.py",
    "signalcast/core/images.py",
    "signalcast/payments/begin_charge.py",
    "signalcast/payments/draw_invoice.py",
    "signalcast/payments/gateways/*/*.py",
    "signalcast/payments/proofs.py",
    "signalcast/payments/settle_right.py",
    "signalcast/payments/states.py",
    "signalcast/plans/[!mg]*.py",  # what is left out only staff reads
    "signalcast/channels/[!w]*.py",
    "signalcast/channels/*/address.py",
    "signalcast/delivery/states.py",
    "signalcast/portal/channel_hints.py",
    "signalcast/portal/destination_state.py",
    "signalcast/portal/forms/destination.py",
    "signalcast/portal/forms/payment.py",
    "signalcast/portal/forms/preferences.py",
    "signalcast/portal/forms/ticket.py",
    "signalcast/portal/plan_cards.py",
    "signalcast/portal/replayed_text.py",
    "signalcast/portal/standing.py",
    "signalcast/portal/timeline.py",
    "signalcast/portal/views/checkout.py",
    "signalcast/portal/views/destinations.py",
    "signalcast/portal/views/payments.py",
    "signalcast/portal/views/preferences.py",
    "signalcast/portal/views/pricing.py",
    "signalcast/portal/views/subscription.py",
    "signalcast/shop/legal.py",
    "signalcast/signals/states.py",
    "signalcast/portal/views/tickets.py",
    "signalcast/support/[!m]*.py",
)
PAGES = (
    "signalcast/portal/templates/*.html",
    "signalcast/portal/templates/account/**/*.*",
    "signalcast/portal/templates/mfa/**/*.*",
    "signalcast/portal/templates/socialaccount/**/*.*",
    "signalcast/portal/templates/usersessions/**/*.*",
    "signalcast/portal/templates/portal/_charge_state.html",
    "signalcast/portal/templates/portal/_destination.html",
    "signalcast/portal/templates/portal/_errors.html",
    "signalcast/portal/templates/portal/_fi*.html",
    "signalcast/portal/templates/portal/_fo*.html",
    "signalcast/portal/templates/portal/_levels.html",
    "signalcast/portal/templates/portal/_missed.html",
    "signalcast/portal/templates/portal/_signal.html",
    "signalcast/portal/templates/portal/_signal_rows.html",
    "signalcast/portal/templates/portal/add_destination.html",
    "signalcast/portal/templates/portal/checkout.html",
    "signalcast/portal/templates/portal/dashboard.html",
    "signalcast/portal/templates/portal/de[ls]*.html",
    "signalcast/portal/templates/portal/leave.html",
    "signalcast/portal/templates/portal/payment.html",
    "signalcast/portal/templates/portal/payments.html",
    "signalcast/portal/templates/portal/preferences.html",
    "signalcast/portal/templates/portal/signal*.html",
    "signalcast/portal/templates/portal/unsubscribe.html",
    "signalcast/portal/templates/plans/_*.html",
    "signalcast/portal/templates/plans/alternatives.html",
    "signalcast/portal/templates/plans/plan.html",
    "signalcast/portal/templates/plans/pricing.html",
    "signalcast/portal/templates/plans/subscription.html",
    "signalcast/portal/templates/tickets/new.html",
    "signalcast/portal/templates/tickets/ticket.html",
    "signalcast/portal/templates/tickets/tickets.html",
)
KEYWORDS = ("_", "gettext", "gettext_lazy")
KEYWORDS_OF_PYTHON = dict.fromkeys(KEYWORDS)
SIMPLE = re.compile(r"""{%\s*translate\s+(["'])(.+?)\1""")
BLOCK = re.compile(r"{%\s*blocktranslate[^%]*%}(.*?){%\s*endblocktranslate\s*%}", re.DOTALL)
VARIABLE = re.compile(r"{{\s*(\w+)\s*}}")


def main() -> int:
    """Update the catalogues, or with --check name what is wrong with them; 1 when anything is."""
    wanted = sorted(set(texts()))
    if "--check" not in sys.argv:
        for language in LANGUAGES:
            update(language, wanted)
        return 0
    problems = [problem for language in LANGUAGES for problem in check(language, wanted)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def texts() -> Iterator[str]:
    """Every text, in English."""
    for path in _files(JINJA):
        with path.open("rb") as file:
            for _line, _function, text, _comments in babel_extract(file, KEYWORDS, [], {}):
                # Of several arguments the first is the text, the others are variables.
                yield str(text[0] if isinstance(text, tuple) else text)
    for path in _files(PYTHON):
        with path.open("rb") as file:
            for _number, text, _notes, _context in extract("python", file, KEYWORDS_OF_PYTHON):
                yield str(text)
    for path in _files(PAGES):
        source = path.read_text()
        yield from (text for _quote, text in SIMPLE.findall(source))
        yield from (VARIABLE.sub(r"%(\1)s", text) for text in BLOCK.findall(source))


def update(language: str, wanted: list[str]) -> None:
    """Bring a language's catalogue up to date, and compile it."""
    known = _read(language)
    made = Catalog(locale=language, project="Signalcast", version="", fuzzy=False)
    for text in wanted:
        made.add(text, known.get(text, ""))
    path = _path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, made, width=0, sort_output=True)
    # The times in a header would make another file of the same words.
    lines = path.read_text().splitlines(keepends=True)
    needed = ('"Language:', '"Plural-Forms', '"MIME-Version', '"Content-T')
    head, rest = lines[: lines.index("\n")], lines[lines.index("\n") :]
    kept = [line for line in head if line.startswith(("msg", *needed))]
    path.write_text("".join(kept + rest))
    with path.with_suffix(".mo").open("wb") as file, path.open("rb") as source:
        write_mo(file, read_po(source, locale=language))


def check(language: str, wanted: list[str]) -> Iterator[str]:
    """What is wrong with a language, in words."""
    known = _read(language)
    for text in wanted:
        if not known.get(text):
            yield f"{language}: {text!r} is not translated: run python -m tools.messages, then do."
        elif _holes(text) != _holes(known[text]):
            yield f"{language}: the translation of {text!r} has other variables."
    for text in known.keys() - set(wanted):
        yield f"{language}: {text!r} is nowhere any more: run python -m tools.messages."
    compiled = _path(language).with_suffix(".mo")
    told = read_mo(BytesIO(compiled.read_bytes())) if compiled.exists() else Catalog()
    if {str(one.id): str(one.string) for one in told if one.id} != known:
        yield f"{language}: the compiled file is another one: run python -m tools.messages."


def _holes(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s", text))


def _read(language: str) -> dict[str, str]:
    path = _path(language)
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale=language) if one.id}


def _path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _files(patterns: tuple[str, ...]) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted(ROOT.glob(pattern))


if __name__ == "__main__":
    sys.exit(main())
