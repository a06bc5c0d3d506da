"""What no file of the project may say. The words are put together here, or they were found here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.checks.tree import Finding, Tree

_HOSTS = (("pypi", "org"), ("pythonhosted", "org"), ("registry.npmjs", "org"))
_MORE_HOSTS = (("deb.debian", "org"), ("crates", "io"), ("npmjs", "com"), ("rubygems", "org"))
REGISTRY = re.compile("|".join(re.escape(".".join(host)) for host in _HOSTS + _MORE_HOSTS), re.I)
MACHINE = re.compile(r"(?<![\w./:-])/(?:" + "|".join(("work", "root", r"home/\w[\w.-]*")) + ")/")
_MARKERS = ("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")
UNFINISHED = re.compile(r"\b(?:" + "|".join(_MARKERS) + r")\b")


def registry_hosts(tree: Tree) -> Iterator[Finding]:
    """Where packages come from is the machine's affair."""
    sentence = "leave the registry's address to the configuration of the machine."
    return _said(tree, REGISTRY, rule="registry-host", sentence=sentence)


def machine_paths(tree: Tree) -> Iterator[Finding]:
    """A path of one machine means nothing on the next."""
    sentence = "write a path relative to the project or to the home of the installation."
    return _said(tree, MACHINE, rule="machine-path", sentence=sentence)


def unfinished(tree: Tree) -> Iterator[Finding]:
    """What is missing stands in an issue, not in the code."""
    sentence = "finish it, or write an issue and remove the marker."
    return _said(tree, UNFINISHED, rule="unfinished", sentence=sentence)


def _said(tree: Tree, words: re.Pattern[str], *, rule: str, sentence: str) -> Iterator[Finding]:
    for source in tree.sources:
        for number, line in enumerate(source.lines, start=1):
            if said := words.search(line):
                yield source.finding(rule, f"says {said.group()!r}: {sentence}", line=number)
