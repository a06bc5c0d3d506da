"""One measured figure, and the table and file that rows end up in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

LATEST = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure with its unit, what it stands beside, and the target its issue set.

    `ratio` is value / against where something was measured beside it, else None. `target` is a
    text such as ">= 0.5 x" or "<= 30 ms", and `met` whether this run reached it.
    """

    name: str
    value: float
    unit: str
    against: str
    ratio: float | None
    target: str
    met: bool | None


def compared(name: str, value: float, unit: str, other: tuple[str, float], least: float) -> Row:
    """A row whose target is a share of another figure of the same run: OTHER's name and value."""
    against, reference = other
    ratio = value / reference if reference else 0.0
    return Row(
        name,
        round(value, 1),
        unit,
        f"{against}: {reference:,.0f} {unit}",
        round(ratio, 2),
        f">= {least:g} x",
        ratio >= least,
    )


def beside(name: str, value: float, unit: str, other: tuple[str, float]) -> Row:
    """A row that stands beside another figure of the same run, without a target."""
    against, reference = other
    ratio = round(value / reference, 2) if reference else None
    return Row(name, round(value, 1), unit, f"{against}: {reference:,.0f} {unit}", ratio, "", None)


def at_most(name: str, value: float, unit: str, limit: float) -> Row:
    """A row that must not be above LIMIT."""
    return Row(name, round(value, 3), unit, "", None, f"<= {limit:g} {unit}", value <= limit)


def at_least(
    name: str, value: float, unit: str, limit: float, other: tuple[str, float] | None = None
) -> Row:
    """A row that must not be below LIMIT. OTHER is a figure of the same run to stand beside it."""
    plain = (
        beside(name, value, unit, other) if other else Row(name, value, unit, "", None, "", None)
    )
    return replace(
        plain, value=round(value, 1), target=f">= {limit:,.0f} {unit}", met=value >= limit
    )


def noted(name: str, value: float, unit: str) -> Row:
    """A row without a target: what others are compared with."""
    return Row(name, round(value, 1), unit, "", None, "", None)


def table(rows: Sequence[Row]) -> str:
    """The rows as text for a terminal."""
    heads = ("what", "value", "against", "ratio", "target", "")
    cells = [heads] + [
        (
            row.name,
            f"{row.value:,g} {row.unit}",
            row.against,
            "" if row.ratio is None else f"{row.ratio:.2f} x",
            row.target,
            {True: "met", False: "MISSED", None: ""}[row.met],
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def store(rows: Sequence[Row], path: Path = LATEST) -> None:
    """Write the rows as a list of objects."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


Engine = Literal["sqlite", "postgresql"]
