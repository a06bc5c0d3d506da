"""Check the design's own rules: `python -m tools.check [--json] [DIRECTORY]`.

Exits with 1 when a rule is broken.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from tools.checks.changelog import changelog
from tools.checks.dependencies import decisions, imports, locks
from tools.checks.honesty import patched_product, sleeping_tests
from tools.checks.models import conditional_constraints, saving_logic, signal_receivers
from tools.checks.sizes import long_files, long_functions
from tools.checks.tree import Finding, Tree
from tools.checks.words import machine_paths, registry_hosts, unfinished

CHECKS: tuple[Callable[[Tree], Iterator[Finding]], ...] = (
    long_files,
    long_functions,
    registry_hosts,
    machine_paths,
    unfinished,
    signal_receivers,
    saving_logic,
    conditional_constraints,
    patched_product,
    sleeping_tests,
    decisions,
    locks,
    imports,
    changelog,
)


def main() -> int:
    """Print what is wrong, a line for each finding."""
    parser = argparse.ArgumentParser(description="Check the design's own rules.")
    parser.add_argument("directory", nargs="?", type=Path, default=Path.cwd())
    parser.add_argument("--json", action="store_true", help="print findings as JSON")
    asked = parser.parse_args()
    tree = Tree(asked.directory)
    findings = sorted(finding for check in CHECKS for finding in check(tree))
    if asked.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        print(*findings, sep="\n", end="\n" if findings else "")
        print(f"{len(CHECKS)} rules, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
