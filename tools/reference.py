"""The pages of docs/reference that are made from code: `python -m tools.reference [--check]`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalcast.settings")

PAGES = Path(__file__).parents[1] / "docs" / "reference"
MADE = "<!-- Made from code by `make reference`. -->\n\n"


def main() -> int:
    """Write the pages, or with --check say which ones differ; 1 when any does."""
    import django

    django.setup()
    pages = {
        "commands.md": commands(),
        "load.md": load(),
        "settings.md": settings(),
        "pipeline.md": pipeline(),
    }
    stale = [name for name, text in pages.items() if _stored(name) != text]
    if "--check" not in sys.argv:
        for name, text in pages.items():
            (PAGES / name).write_text(text)
        return 0
    for name in stale:
        print(f"docs/reference/{name} is not what the code says: run make reference")
    return 1 if stale else 0


def _stored(name: str) -> str:
    path = PAGES / name
    return path.read_text() if path.exists() else ""


def commands() -> str:
    """Every command with its options, as its own help tells them."""
    from signalcast.cli.utility import commands as found

    parts = [
        MADE + "# Commands\n\n"
        "`.venv/bin/signalcast <command>`. `--home DIR` (or `SIGNALCAST_HOME`) names the "
        "installation; `signalcast help <command>` shows what is below.\n"
    ]
    for name, command in found().items():
        parser = command.create_parser("signalcast", name)
        # As wide as a page, whatever the terminal.
        parser.formatter_class = partial(parser.formatter_class, width=90)  # type: ignore[call-arg]
        parts.append(f"\n## {name}\n\n```text\n{parser.format_help().strip()}\n```\n")
    return "".join(parts)


def load() -> str:
    """The document of `signalcast load`."""
    from signalcast.cli.load import document

    parts = [
        MADE + "# The document that `signalcast load` reads\n\n"
        "One YAML or JSON document with the lists `accounts`, `feeds`, `plans`, `sources` and "
        "`users`. "
        "Everything is checked before anything is written, in one transaction. Loading it again "
        "changes nothing; what is left out of a later document stays as it is.\n\n"
        "```yaml\n" + EXAMPLE + "```\n"
    ]
    for part in ("Account", "Feed", "Plan", "Source", "User", "Destination"):
        struct = getattr(document, part)
        lines = [f"\n## {part}\n", struct.__doc__ or "", "", "| field | value | default |"]
        lines += ["|---|---|---|", *_fields(struct)]
        parts.append("\n".join(lines) + "\n")
    return "".join(parts)


def _fields(struct: type[msgspec.Struct]) -> Iterator[str]:
    schemas = msgspec.json.schema(struct)["$defs"]
    fields = schemas[struct.__name__]
    for name, schema in fields["properties"].items():
        required = name in fields.get("required", ())
        default = "required" if required else f"`{schema.get('default')!r}`"
        yield f"| `{name}` | {_value(schema)} | {default} |"


def _value(schema: dict[str, object]) -> str:
    if "description" in schema:
        return str(schema["description"])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])  # type: ignore[attr-defined]
    if "items" in schema:
        items = schema["items"]
        if isinstance(items, dict):
            return f"list of {items.get('$ref', '').rpartition('/')[2] or _value(items)}"
    return str(schema.get("type", "text")).replace("string", "text")


def settings() -> str:
    """The environment variables."""
    from signalcast.core import env

    source = Path(env.__file__).read_text()
    body = source[source.index("class Environment") :]
    lines = [
        MADE + "# Settings\n",
        "Environment variables, or lines of `.env` in the home or in the checkout; variables win. "
        "Each may be given as `NAME_FILE` instead, the name of a file that holds the value alone, "
        "as containers are given secrets. A wrong value stops every command with a sentence.\n",
        "| variable | meaning | default |",
        "|---|---|---|",
    ]
    comment: list[str] = []
    told = False  # the next comment belongs to the next variables
    for line in body.splitlines()[3:]:
        if found := re.match(r"    #: (.*)", line):
            comment = [found[1]] if told else [*comment, found[1]]
            told = False
        elif line.startswith("    # "):
            comment.append(line.strip("# "))
        elif found := re.match(r"    (\w+): .*= (.+)", line):
            lines.append(f"| `{env.variable(found[1])}` | {' '.join(comment)} | `{found[2]}` |")
            told = True
        elif line.startswith("def "):
            break
    return "\n".join(lines) + "\n"


def pipeline() -> str:
    """Queues, stages, processes, retries."""
    from signalcast import pipeline as table

    lines = [MADE + "# The pipeline\n", "## Queues, in the order they are served\n"]
    lines += ["| queue | late when its oldest due row is older than |", "|---|---|"]
    lines += [f"| {queue.label} | {table.WAIT_BUDGET[queue]:g} s |" for queue in table.Queue]
    lines += [
        "\n95 of 100 messages reach their subscriber within "
        f"{table.ARRIVAL_BUDGET:g} s of the request."
    ]
    lines += ["\n## Stages\n", "| stage | works off | in | does |", "|---|---|---|---|"]
    lines += [
        f"| {stage.name} | {stage.row or 'requests'} | {stage.process} | {stage.meaning} |"
        for stage in table.STAGES
    ]
    lines += ["\n## Processes, in starting order\n", "| process | stops within | does |"]
    lines += ["|---|---|---|"]
    lines += [
        f"| {process.name} | {process.stop_within} s | {process.meaning} |"
        for process in table.processes()
    ]
    lines += ["\n## Schedules\n", "| job | every |", "|---|---|"]
    lines += [f"| {planned.job} | {planned.every} s |" for planned in table.SCHEDULES]
    total = sum(table.RETRY_DELAYS)
    lines += [
        "\n## Retries\n",
        f"The first attempt is made at once, the next ones after {_words(table.RETRY_DELAYS)}, "
        f"each ± {table.RETRY_JITTER:.0%}: {len(table.RETRY_DELAYS) + 1} attempts over "
        f"{total // 3600} h {total % 3600 // 60} min {total % 60} s.",
        f"\nA claimed row stays with its process for {table.LEASE:g} s without a renewal, and is "
        f"renewed every {table.LEASE_RENEWAL:g} s. The rescuer looks every {table.RESCUE_EVERY:g} "
        f"s. A row that took its process down {table.CRASHES_TO_PARK} times is parked.",
    ]
    return "\n".join(lines) + "\n"


def _words(delays: tuple[int, ...]) -> str:
    units = ((3600, "h"), (60, "min"), (1, "s"))
    return ", ".join(
        next(f"{delay // size} {unit}" for size, unit in units if delay >= size) for delay in delays
    )


EXAMPLE = """\
feeds:
  - {slug: crypto, name: Crypto}
plans:
  - {slug: gold, name: Gold, price: "29.00", currency: USD, interval: month,
     trial_days: 7, grace_days: 3, feeds: [crypto], channels: [webhook]}
sources:
  - {slug: desk, feed: crypto, token: a-long-random-token, publish: auto}
users:
  - email: alice@example.org
    password: a good password
    roles: [subscriber]
    plans: [gold]
    destinations:
      - {channel: webhook, url: "https://bot.example.org/signals",
         secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}
"""

if __name__ == "__main__":
    sys.exit(main())
