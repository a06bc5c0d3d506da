"""Files and functions that a person can read in one go."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tools.checks.tree import Finding, Tree

FILE_LINES = 400
FUNCTION_LINES = 60
CODE = (".py", ".js", ".css", ".html", ".sh")
#: A comment that gives the reason: in the first five lines of a file, or on a function's first.
EXCUSE = re.compile(r"(#|/\*|//|<!--|\{#) long: \w")


def long_files(tree: Tree) -> Iterator[Finding]:
    """A file has 400 lines at most."""
    for source in tree.sources:
        if source.is_migration or not source.path.endswith(CODE):
            continue
        excused = any(EXCUSE.search(line) for line in source.lines[:5])
        if len(source.lines) > FILE_LINES and not excused:
            yield source.finding(
                "long-file",
                f"{len(source.lines)} lines, and {FILE_LINES} is the limit: move a concept into a"
                " file of its own, or give the reason in a comment `long: ...` on top.",
            )


def long_functions(tree: Tree) -> Iterator[Finding]:
    """A function has 60 lines at most."""
    for source in tree.python():
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES and not EXCUSE.search(source.lines[node.lineno - 1]):
                yield source.finding(
                    "long-function",
                    f"{node.name} has {length} lines, and {FUNCTION_LINES} is the limit: split it,"
                    " or give the reason in a comment `# long: ...` on its first line.",
                    line=node.lineno,
                )
