"""The changelog has a place for what comes next."""

from __future__ import annotations

from collections.abc import Iterator

from tools.checks.tree import Finding, Tree

CHANGELOG = "CHANGELOG.md"


def changelog(tree: Tree) -> Iterator[Finding]:
    """Changes are noted with the commit that makes them, under [Unreleased]."""
    source = tree.find(CHANGELOG)
    if source is None or "## [Unreleased]" not in source.lines:
        yield Finding(CHANGELOG, 1, "changelog", "needs a section `## [Unreleased]`.")
