"""Find a number that a wording makes up: a price that was rounded or cut is another price."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from jinja2 import Template

NUMBER = re.compile(r"\d+(?:\.\d+)?")
#: Up to here a number may count something, such as the targets.
COUNTS = 50


class Strange(NamedTuple):
    """A number, and the line of the template that shows it."""

    number: str
    line: int


def strange_number(template: Template, source: str, values: dict[str, Any]) -> Strange | None:
    """The first number that is neither in VALUES nor in the template's SOURCE.

    Shares may be shown as percentages. Raises what rendering does.
    """
    known = {Decimal(found) for found in NUMBER.findall(json.dumps(values, default=str) + source)}
    targets = values.get("signal", {}).get("take_profits", ())
    known |= {Decimal(target["share"]) * 100 for target in targets if target["share"]}
    known.discard(Decimal(0))  # what a small price becomes when it is rounded
    text, lines = _rendered(template, values)
    for match in NUMBER.finditer(text):
        number = Decimal(match[0])
        if number not in known and not (number <= COUNTS and "." not in match[0]):
            return Strange(match[0], max(line for start, line in lines if start <= match.start()))
    return None


def _rendered(template: Template, values: dict[str, Any]) -> tuple[str, list[tuple[int, int]]]:
    """The text, and where in it what comes from each of the template's lines begins."""
    text, lines = "", [(0, 1)]
    for chunk, line in _chunks(template, values):
        lines.append((len(text), line))
        text += chunk
    return text, lines


def _chunks(template: Template, values: dict[str, Any]) -> Iterator[tuple[str, int]]:
    running: Any = template.root_render_func(template.new_context(values))
    for chunk in running:
        yield str(chunk), template.get_corresponding_lineno(running.gi_frame.f_lineno)
