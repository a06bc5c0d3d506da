"""The files under check, and what a check says about them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A rule that is broken, where, and what to do, in a sentence."""

    path: str
    line: int
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.sentence}"


@dataclass(frozen=True)
class Source:
    """A text file of the project; `path` is relative to its root, with slashes."""

    path: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The text, line by line."""
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of a Python file. Raises SyntaxError when it is not valid."""
        return ast.parse(self.text, self.path)

    @property
    def is_python(self) -> bool:
        """Whether this is Python code."""
        return self.path.endswith(".py")

    @property
    def is_migration(self) -> bool:
        """Whether Django wrote it."""
        return "/migrations/" in self.path

    @property
    def is_test(self) -> bool:
        """Whether it belongs to the tests, of an app or of all of them."""
        return "tests" in self.path.split("/")[:-1]

    @property
    def is_product(self) -> bool:
        """Whether operators run it."""
        return self.path.startswith("signalcast/") and not self.is_test

    def finding(self, rule: str, sentence: str, *, line: int = 1) -> Finding:
        """Say that a rule is broken here."""
        return Finding(self.path, line, rule, sentence)


@dataclass(frozen=True)
class Tree:
    """A checkout: everything that is, or is about to be, under version control."""

    root: Path

    @cached_property
    def sources(self) -> list[Source]:
        """Every text file, in order."""
        found = []
        for path in sorted(self._paths()):
            try:
                text = (self.root / path).read_text(encoding="utf-8")
            except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
                continue  # a picture, or a file that was just removed
            found.append(Source(path, text))
        return found

    def python(self) -> Iterator[Source]:
        """Python code that people wrote."""
        return (source for source in self.sources if source.is_python and not source.is_migration)

    def find(self, path: str) -> Source | None:
        """One file, or None when it is not there."""
        return next((source for source in self.sources if source.path == path), None)

    def _paths(self) -> list[str]:
        listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        answer = subprocess.run(listing, cwd=self.root, capture_output=True, check=False)
        if answer.returncode == 0:
            return [name.decode() for name in answer.stdout.split(b"\0") if name]
        files = (path for path in self.root.rglob("*") if path.is_file())
        return [path.relative_to(self.root).as_posix() for path in files]
