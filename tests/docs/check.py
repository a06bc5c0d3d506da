"""Whether what a block says to type exists: syntax, programs, our options, paths and units."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache

import yaml
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandError, CommandParser

from signalcast.deploy.doctor.registry import checks as doctors_checks
from signalcast.deploy.environment import processes
from signalcast.deploy.host import Host
from signalcast.deploy.read import read
from signalcast.deploy.render import TARGETS, render_all
from signalcast.ops.health.registry import checks as health_checks
from tests.docs.blocks import CHECKOUT, Block
from tests.docs.known import BELOW_BASE, PACKAGES, PATHS, PROGRAMS, UNITS
from tests.docs.shell import commands

OURS = ("signalcast", ".venv/bin/signalcast")
BASE = "/srv/signalcast/"
_PATH = re.compile(
    r"(?<![\w.:/$}*\"-])/(?:etc|usr/local|srv|var/(?:www|log|lib|backups)|run)/[^\s\"'`;|&)<>]*"
)
_MAKE = re.compile(r"^([a-z-]+):", re.MULTILINE)


def problems(block: Block) -> Iterator[str]:
    """What does not exist, a sentence for each."""
    text = block.script
    shell = "bash" if block.language == "bash" else "sh"
    checked = subprocess.run([shell, "-n"], input=text, capture_output=True, text=True, check=False)
    if checked.returncode:
        yield f"{block}: {shell} cannot read it: {checked.stderr.strip()}"
        return
    if block.words and not (block.for_host or block.exits):
        yield f"{block}: behind {block.language} stands `host`, `host TEST` or `exit CODES`."
    for words in commands(text):
        for problem in _wrong(words):
            yield f"{block}: {problem}"
    if block.shown_by:
        yield from _not_shown(block)


def _not_shown(block: Block) -> Iterator[str]:
    file = CHECKOUT / block.shown_by
    if not file.is_file():
        yield f"{block}: there is no {block.shown_by}."
        return
    source = file.read_text()
    for name in sorted({words[0].rpartition("/")[2] for words in commands(block.text)}):
        if name not in source and name not in ("signalcast", "systemctl", "mkdir"):
            yield f"{block}: {block.shown_by} does not run {name}."


def _wrong(words: list[str]) -> Iterator[str]:
    program, *rest = words
    if program not in PROGRAMS:
        yield f"{program!r} is no program that tests/docs/known.py knows."
    elif program in OURS:
        yield from wrong_arguments(rest)
    elif program == "docker":
        yield from _wrong_compose(rest)
    elif program == "systemctl":
        yield from _wrong_units(rest)
    elif program == "supervisorctl":
        yield from _wrong_programs(rest)
    elif program == "make":
        targets = set(_MAKE.findall((CHECKOUT / "Makefile").read_text()))
        wanted = {word for word in rest if "=" not in word}
        yield from (f"make has no target {word}." for word in sorted(wanted - targets))
    elif program == "apt-get" and rest[:1] in (["install"], ["remove"], ["purge"]):
        asked = {word for word in rest[1:] if not word.startswith("-")}
        yield from (f"{word} is no known package." for word in sorted(asked - PACKAGES))
    for word in words:
        for path in _PATH.findall(word):
            if not _exists(path.rstrip(".,:")):
                yield f"nothing that is rendered or known is at {path}."


def wrong_arguments(words: list[str]) -> Iterator[str]:
    """What our own command would refuse."""
    words = _without_home(words)
    if words[:1] in (["help"], ["version"], ["--version"]):
        words = [*words[1:2], "--help"] if words[1:] else []
    if not words:
        return
    name, *rest = words
    if name not in get_commands():
        yield f"signalcast has no command {name!r}."
        return
    parser = parser_of(name)
    if "--help" in rest:
        return
    try:
        told = vars(parser.parse_args(rest))
    except CommandError as refused:
        yield f"`signalcast {' '.join(words)}` is refused: {refused}"
        return
    if name == "deploy" and told.get("act") == "render":
        if told["target"] not in (*TARGETS, "all"):
            yield f"deploy render has no target {told['target']}."
    elif name == "doctor":
        yield from _unknown("the doctor", told["only"] or (), doctors_checks())
    elif name == "health":
        named = [*told["checks"], *filter(None, (told["pause"], told["resume"]))]
        yield from _unknown("health", named, health_checks())


@cache
def parser_of(name: str) -> CommandParser:
    """The parser of a command, of ours or of Django's."""
    return load_command_class(get_commands()[name], name).create_parser("signalcast", name)


def _unknown(whose: str, named: object, known: object) -> Iterator[str]:
    for one in named:  # type: ignore[attr-defined]
        if one not in known:  # type: ignore[operator]
            yield f"{whose} has no check {one}."


def _without_home(words: list[str]) -> list[str]:
    """As the command itself takes it off."""
    while "--home" in words:
        at = words.index("--home")
        words = words[:at] + words[at + 2 :]
    return words


def _wrong_compose(words: list[str]) -> Iterator[str]:
    if words[:1] != ["compose"]:
        return
    act, rest = next((word for word in words[1:] if not word.startswith("-")), ""), words[2:]
    services = yaml.safe_load(
        (CHECKOUT / "deploy/hosts/containers/docker/compose.yaml").read_text()
    )["services"]
    named = [word for word in rest if not word.startswith("-")]
    if act in ("run", "exec") and named:
        service, *inner = named if act == "exec" else rest[rest.index(named[0]) :]
        inner = rest[rest.index(service) + 1 :]
        if service not in services:
            yield f"compose.yaml has no service {service}."
        elif act == "run":
            yield from wrong_arguments(inner)
        elif inner:
            yield from _wrong(inner)
    elif act in ("logs", "restart", "stop", "start", "ps"):
        yield from (f"compose.yaml has no service {one}." for one in named if one not in services)


def _wrong_units(words: list[str]) -> Iterator[str]:
    for word in words[1:]:
        if word.startswith("-"):
            continue
        plain = word.removesuffix(".service")
        if re.sub(r"@.*", "@", plain) not in rendered_units() | UNITS:
            yield f"{word} is no unit that is rendered or known."


def _wrong_programs(words: list[str]) -> Iterator[str]:
    known = {one.name for host in hosts() for one in processes(host)} | {"all"}
    acts = words[2:] if words[:1] == ["-c"] else words
    for word in acts[1:]:
        if word.partition(":")[0] not in known and not word.isupper():
            yield f"supervisor runs no {word}."


def _exists(path: str) -> bool:
    if f"{path}/".startswith(BASE):
        below = path.removeprefix(BASE).rstrip("/")
        kept = {one.rstrip("/") for one in BELOW_BASE} | {BASE.rstrip("/")}
        inside = any(below.startswith(one) for one in BELOW_BASE if one.endswith("/"))
        return below in kept or inside or path in rendered_paths()
    if any(
        path == one.rstrip("/") or (one.endswith("/") and path.startswith(one)) for one in PATHS
    ):
        return True
    bare = path.rstrip("/*")
    return any(one == bare or one.startswith(bare + "/") for one in rendered_paths())


@cache
def hosts() -> tuple[Host, ...]:
    """The reference hosts."""
    return tuple(read(file.read_text()) for file in sorted(CHECKOUT.glob("deploy/hosts/*.yaml")))


@cache
def rendered_paths() -> frozenset[str]:
    """Every path that a reference host has a file of ours at."""
    found = {f"/{path}" for host in (*hosts(), _rest()) for files in render_all(host).values()
             for path in files}  # fmt: skip
    return frozenset(found)


def _rest() -> Host:
    """A host with the targets that no reference host has."""
    return read(
        "{name: more, domain: signals.example.com, roles: [workers], web_server: none, "
        "database: {engine: postgresql, address: 10.0.0.2}, "
        "broker: {kind: valkey, address: 10.0.0.2}}"
    )


def rendered_units() -> frozenset[str]:
    """The units of systemd among them, a template by its name up to the @."""
    names = {path.rpartition("/")[2] for path in rendered_paths() if "/systemd/" in path}
    return frozenset(re.sub(r"@.*", "@", name.removesuffix(".service")) for name in names)
