"""Every block of code on the pages, and what looks like one and is not marked as one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.docs.known import PROGRAMS

CHECKOUT = Path(__file__).parents[2]
SHELLS = ("sh", "bash", "console")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*(.*?)\s*$")
_ASIDE = re.compile(r"^<!-- (before|after): (.+) -->$")
#: What a block of another kind may not begin with.
_LOOKS_TYPED = re.compile(rf"^\s*(?:\$ |sudo |(?:{'|'.join(map(re.escape, PROGRAMS))})(?:\s|$))")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    page: Path
    #: Of its first fence, as an editor counts.
    line: int
    language: str
    #: What stands behind the language.
    words: tuple[str, ...]
    text: str
    #: Commands of comments above it, which are run before and after it.
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Where it is."""
        return f"{self.page.relative_to(CHECKOUT)}:{self.line}"

    @property
    def is_typed(self) -> bool:
        """Whether people are to type it."""
        return self.language in SHELLS

    @property
    def for_host(self) -> bool:
        """Whether it is for a machine of its own, and only checked here."""
        return self.words[:1] == ("host",)

    @property
    def shown_by(self) -> str:
        """The test that runs such commands elsewhere; empty where none is named."""
        return self.words[1] if self.for_host and len(self.words) > 1 else ""

    @property
    def exits(self) -> frozenset[int] | None:
        """Exit codes that its commands may end with, where other ones than 0 are right."""
        if self.words[:1] != ("exit",):
            return None
        return frozenset(int(code) for code in self.words[1].split(","))

    @property
    def script(self) -> str:
        """What is typed, without what is answered."""
        if self.language != "console":
            return self.text
        return "\n".join(command for command, _answer in exchanges(self.text)) + "\n"


def pages() -> list[Path]:
    """Every page that people read."""
    found = [*CHECKOUT.glob("docs/**/*.md"), CHECKOUT / "README.md", CHECKOUT / "CONTRIBUTING.md"]
    return sorted(found)


@cache
def blocks() -> tuple[Block, ...]:
    """All fenced blocks of all pages."""
    return tuple(block for page in pages() for block in blocks_of(page, page.read_text()))


def blocks_of(page: Path, text: str) -> Iterator[Block]:
    """The fenced blocks of a page."""
    lines = text.split("\n")
    asides: dict[str, list[str]] = {"before": [], "after": []}
    number = 0
    while number < len(lines):
        line = lines[number]
        if found := _ASIDE.match(line):
            asides[found[1]].append(found[2])
        elif found := _FENCE.match(line):
            language, *words = str(found[2]).split() or [""]
            end = next(
                (at for at in range(number + 1, len(lines)) if lines[at].strip() == found[1]),
                len(lines),
            )
            body = "\n".join(lines[number + 1 : end]) + "\n"
            yield Block(
                page, number + 1, language, tuple(words), body,
                tuple(asides["before"]), tuple(asides["after"]),
            )  # fmt: skip
            asides = {"before": [], "after": []}
            number = end
        elif line.strip():
            asides = {"before": [], "after": []}
        number += 1


def escaped(page: Path, text: str) -> Iterator[str]:
    """What would be typed by a reader and is in no block that is run or checked."""
    inside: set[int] = set()
    for block in blocks_of(page, text):
        inside |= set(range(block.line, block.line + block.text.count("\n") + 2))
        first = next((line for line in block.text.split("\n") if line.strip()), "")
        if not block.language:
            yield f"{block}: write what it is behind the fence: sh, console, text, ..."
        elif not block.is_typed and _LOOKS_TYPED.match(first):
            yield f"{block}: {first.strip()!r} is a command: write sh behind the fence."
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        begins = number == 1 or not lines[number - 2].strip()
        if number not in inside and begins and line.startswith("    ") and _LOOKS_TYPED.match(line):
            where = f"{page.relative_to(CHECKOUT)}:{number}"
            yield f"{where}: {line.strip()!r} is a command: put it between fences of sh."


def exchanges(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, with what it answers."""
    command = ""
    answer: list[str] = []
    for line in [*text.rstrip("\n").split("\n"), "$ "]:
        if line.startswith("$ "):
            if command:
                yield command, "\n".join(answer)
            command, answer = line[2:], []
        elif command.endswith("\\") and not answer:
            command += "\n" + line
        else:
            answer.append(line)
