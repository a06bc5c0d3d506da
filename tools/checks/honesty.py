"""Tests that test the real thing, and do not wait by the clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tools.checks.tree import Finding, Source, Tree

PRODUCT = "signalcast"
#: The one place in tests that may sleep, between two looks.
WAITING = "tests/waiting.py"


def patched_product(tree: Tree) -> Iterator[Finding]:
    """A replaced part proves nothing about the part."""
    for source in _tests(tree):
        ours = _names_from_product(source)
        for node in ast.walk(source.tree):
            if not (isinstance(node, ast.Call) and node.args and _patches(node.func)):
                continue
            if _is_ours(node.args[0], ours):
                yield source.finding(
                    "patched-product",
                    "do not replace our own code: bring about the real thing, from outside.",
                    line=node.lineno,
                )


def sleeping_tests(tree: Tree) -> Iterator[Finding]:
    """A sleep is too short on a slow machine and too long on a fast one."""
    for source in _tests(tree):
        if source.path == WAITING:
            continue
        bare = any(
            isinstance(node, ast.ImportFrom)
            and node.module == "time"
            and any(name.name == "sleep" for name in node.names)
            for node in ast.walk(source.tree)
        )
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called == "time.sleep" or (bare and called == "sleep"):
                yield source.finding(
                    "sleeping-test",
                    "wait for what shall happen, with tests.waiting.wait_for.",
                    line=node.lineno,
                )


def _tests(tree: Tree) -> Iterator[Source]:
    return (source for source in tree.python() if source.is_test)


def _patches(function: ast.expr) -> bool:
    """Whether this replaces something: patch(), mock.patch.object(), monkeypatch.setattr() ..."""
    words = ast.unparse(function).split(".")
    return "patch" in words or (words[0] == "monkeypatch" and words[-1] == "setattr")


def _names_from_product(source: Source) -> set[str]:
    names = {PRODUCT}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and _in_product(node.module or ""):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {
                alias.asname for alias in node.names if alias.asname and _in_product(alias.name)
            }
    return names


def _is_ours(target: ast.expr, ours: set[str]) -> bool:
    if isinstance(target, ast.Constant) and isinstance(target.value, str):
        return _in_product(target.value)
    while isinstance(target, ast.Attribute):
        target = target.value
    return isinstance(target, ast.Name) and target.id in ours


def _in_product(module: str) -> bool:
    return module.partition(".")[0] == PRODUCT
