"""The findings for people: grouped, aligned, coloured where colours are seen."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping

from signalcast.deploy.doctor.examine import Found
from signalcast.deploy.doctor.finding import GROUPS, Check, Finding, State

#: SGR codes of terminals.
COLOURS = {
    State.OK: "32", State.SKIPPED: "2", State.NOTE: "36", State.UNKNOWN: "35",
    State.WARNING: "33", State.PROBLEM: "31",
}  # fmt: skip
WIDTH = 100
#: Columns before the words: two for the indent, then state and name.
STATE, NAME = 9, 18


def show(found: Found, checks: Mapping[str, Check], *, colours: bool) -> Iterator[str]:
    """Lines, group by group, and a sum at the end."""
    for group in GROUPS:
        names = [name for name in found if checks[name].group == group]
        if not names:
            continue
        yield _coloured(group.capitalize(), "1", colours)
        for name in names:
            for finding in found[name]:
                yield from _lines(name, finding, colours)
        yield ""
    counts = Counter(finding.state for findings in found.values() for finding in findings)
    yield ", ".join(f"{counts[state]} {state}" for state in reversed(State) if counts[state])


def _lines(name: str, finding: Finding, colours: bool) -> Iterator[str]:
    indent = " " * (2 + STATE + NAME)
    words = textwrap.wrap(finding.what, WIDTH - len(indent), break_on_hyphens=False) or [""]
    state = _coloured(f"{finding.state:<{STATE}}", COLOURS[finding.state], colours)
    yield f"  {state}{name:<{NAME}}{words[0]}"
    yield from (indent + line for line in words[1:])
    if finding.why:
        why = textwrap.wrap(finding.why, WIDTH - len(indent), break_on_hyphens=False)
        yield from (indent + _coloured(line, "2", colours) for line in why)
    if finding.mend:  # in one line, so that it can be copied
        yield f"{indent}> {_coloured(finding.mend, '1', colours)}"


def _coloured(text: str, code: str, colours: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colours else text
