"""Every dependency is locked, agreed on by all sets, named where it is imported, and justified."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions

from tools.checks.tree import Finding, Source, Tree

DECISIONS = "docs/decisions/README.md"
SETS = ("base", "dev", "mysql", "provision", "lock")
#: What an operator may install besides, for what is imported where it is used.
EXTRAS = ("mysql", "otel", "provision", "sentry")
LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)")
WANTED = re.compile(r"^[A-Za-z0-9][\w.-]*")


def decisions(tree: Tree) -> Iterator[Finding]:
    """Whoever adds a dependency says why, and whoever removes it takes the reason along."""
    page = tree.find(DECISIONS)
    if page is None:
        yield Finding(DECISIONS, 1, "decisions", "is missing: it has a line for each dependency.")
        return
    locked = {name for part in SETS for name in _locked(tree, part)}
    decided = set()
    for number, text in enumerate(page.lines, start=1):
        for name in _decided_in(text):
            decided.add(name)
            if name not in locked:
                yield page.finding("decisions", f"{name} is not locked: remove it.", line=number)
    for part in SETS:
        for name, line in _wanted(tree, part):
            if name not in decided:
                path = f"requirements/{part}.in"
                yield Finding(path, line, "decisions", f"{name} has no line in {DECISIONS}.")


def locks(tree: Tree) -> Iterator[Finding]:
    """What is asked for is locked, and a package has one version in all sets."""
    versions: dict[str, str] = {}
    for part in SETS:
        path = f"requirements/{part}.txt"
        locked = _locked(tree, part)
        for name, line in _wanted(tree, part):
            if name not in locked:
                sentence = f"{name} is not in {path}: run make lock."
                yield Finding(f"requirements/{part}.in", line, "locks", sentence)
        for name, version in locked.items():
            if versions.setdefault(name, version) != version:
                sentence = (
                    f"{name} has two versions, {version} and {versions[name]}: run make lock."
                )
                yield Finding(path, 1, "locks", sentence)


def imports(tree: Tree) -> Iterator[Finding]:
    """What the product imports stands in base.in, or is an extra: a machine that only runs it has
    nothing else."""
    wanted = {name for name, _ in _wanted(tree, "base")}
    optional = {name for part in EXTRAS for name, _ in _wanted(tree, part)}
    providers = _providers()
    for source in tree.python():
        if not source.is_product:
            continue
        for module, line in _imported(source):
            names = {_plain(name) for name in providers.get(module, [module])}
            if module not in sys.stdlib_module_names and not names & (wanted | optional):
                sentence = f"{module} is not in requirements/base.in."
                yield source.finding("imports", sentence, line=line)


@cache
def _providers() -> Mapping[str, list[str]]:
    # Of what is installed, which stays: it reads the list of files of every package.
    return packages_distributions()


def _imported(source: Source) -> Iterator[tuple[str, int]]:
    """Top-level modules of others that a file imports."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom):
            names = [] if node.level else [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        modules = (name.partition(".")[0] for name in names)
        yield from ((module, node.lineno) for module in modules if module != "signalcast")


def _wanted(tree: Tree, part: str) -> list[tuple[str, int]]:
    source = tree.find(f"requirements/{part}.in")
    found = []
    for number, line in enumerate(source.lines if source else [], start=1):
        if name := WANTED.match(line):
            found.append((_plain(name.group()), number))
    return found


def _locked(tree: Tree, part: str) -> dict[str, str]:
    source = tree.find(f"requirements/{part}.txt")
    matches = (LOCKED.match(line) for line in (source.lines if source else []))
    return {_plain(match.group(1)): match.group(2) for match in matches if match}


def _decided_in(line: str) -> list[str]:
    """The packages that a line of the page is about: `- **one**, **other**: why ...`."""
    head = line.partition(":")[0]
    if not head.startswith("- **"):
        return []
    return [_plain(name) for name in re.findall(r"\*\*(.+?)\*\*", head)]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
