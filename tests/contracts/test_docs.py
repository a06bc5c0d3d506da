"""What pages tell people to type exists, none of it escapes being run, and links lead somewhere."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from signalcast.cli.utility import commands as our_commands
from tests.docs.blocks import CHECKOUT, Block, blocks, blocks_of, escaped, exchanges, pages
from tests.docs.check import parser_of, problems, wrong_arguments
from tests.docs.shell import commands

OURS = re.compile(r"(\.venv/bin/)?signalcast -*\w")
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?^ {0,3}\1\s*$", re.MULTILINE | re.DOTALL)
NOWHERE = CHECKOUT / "docs" / "page.md"


def name(page: Path) -> str:
    return str(page.relative_to(CHECKOUT))


def made(text: str) -> Block:
    return next(blocks_of(NOWHERE, text))


@pytest.mark.parametrize("page", pages(), ids=name)
def test_nothing_that_is_typed_escapes(page: Path) -> None:
    assert list(escaped(page, page.read_text())) == []


@pytest.mark.parametrize("page", pages(), ids=name)
def test_commands_options_paths_and_units_of_a_page_exist(page: Path) -> None:
    typed = [block for block in blocks() if block.page == page and block.is_typed]

    assert [problem for block in typed for problem in problems(block)] == []


@pytest.mark.parametrize("page", pages(), ids=name)
def test_commands_within_sentences_exist(page: Path) -> None:
    prose = FENCED.sub("", page.read_text())
    spans = [span for span in SPAN.findall(prose) if OURS.match(span)]

    assert [problem for span in spans for problem in misspelt(span)] == []


@pytest.mark.parametrize("command", list(our_commands()))
def test_examples_in_the_help_of_a_command_are_understood_by_it(command: str) -> None:
    lines = our_commands()[command].help.split("\n")
    examples = [line.partition("    (")[0] for line in lines if line.startswith("  signalcast ")]
    typed = [words for example in examples for words in commands(example)]

    assert typed
    assert [problem for words in typed for problem in wrong_arguments(words[1:])] == []


def misspelt(span: str) -> Iterator[str]:
    """What of a synopsis no command knows: values are often left out there."""
    for words in commands(re.sub(r"<[^>]*>|[\[\]|…]", " ", span))[:1]:
        known = [word for word in words[1:] if re.fullmatch(r"-?-?[a-z][a-z-]*", word)]
        known = known[1:] if known[:1] == ["help"] else known
        if not known or known[0].startswith("-"):
            continue
        if refused := [one for one in wrong_arguments([known[0], "--help"]) if "no command" in one]:
            yield f"`{span}`: {refused[0]}"
            continue
        options = options_of(parser_of(known[0]), known[1:])
        yield from (
            f"`{span}`: there is no {word}."
            for word in known
            if word.startswith("--") and word not in options
        )


def options_of(parser: argparse.ArgumentParser, words: list[str]) -> set[str]:
    found = {option for action in parser._actions for option in action.option_strings}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for act in words:
                if act in action.choices:
                    found |= options_of(action.choices[act], [])
    return found


@pytest.mark.parametrize("page", pages(), ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCED.sub("", page.read_text())
    targets = [one or other for one, other in LINK.findall(text)]

    assert [target for target in targets if not leads(page, target)] == []


def leads(page: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return True
    path, _hash, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists():
        return False
    return not anchor or anchor in anchors(file)


def anchors(file: Path) -> set[str]:
    """The names that headings are reached by, as code hosts make them."""
    heads = re.findall(r"^#{1,6} (.+)$", FENCED.sub("", file.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_index_of_operating_names_every_page_about_it() -> None:
    index = CHECKOUT / "docs" / "operate" / "README.md"
    linked = {(index.parent / one).resolve() for one, _picture in LINK.findall(index.read_text())}

    assert set(index.parent.glob("**/*.md")) - linked - {index} == set()
    assert "docs/operate/README.md" in (CHECKOUT / "README.md").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```sh\nsignalcast queues pause high --fro 1h\n```", "unrecognized arguments"),
        ("```sh\nsignalcast queue\n```", "has no command 'queue'"),
        ("```sh\nsignalcast doctor --only everything\n```", "no check everything"),
        ("```sh\nsignalcast deploy render iis --host host.yaml\n```", "no target iis"),
        ("```sh\nif true; then\n```", "cannot read it"),
        ("```sh somewhere\nls\n```", "`host TEST` or `exit CODES`"),
        ("```sh host\nsudo sytemctl restart nginx\n```", "is no program"),
        ("```sh host\nsudo systemctl restart signalcast-wrker@1\n```", "is no unit"),
        ("```sh host\nsudo cat /etc/nginx/sites-enabled/none\n```", "is at /etc/nginx/sites"),
        ("```sh host\nsudo cat /srv/signalcast/hom/.env\n```", "is at /srv/signalcast/hom"),
        ("```sh host\nsudo apt-get install no-such-thing\n```", "is no known package"),
        ("```sh host\ndocker compose logs wrker\n```", "has no service wrker"),
        ("```sh host\ndocker compose run --rm worker onwer\n```", "has no command 'onwer'"),
        ("```sh host\nmake everything\n```", "has no target everything"),
        ("```sh host tests/test_none.py\nls\n```", "there is no tests/test_none.py"),
        ("```sh host tests/waiting.py\nls\n```", "does not run ls"),
        ("```console\n$ signalcast quoues\nrunning\n```", "has no command 'quoues'"),
    ],
)
def test_what_is_wrong_in_a_block_is_found(text: str, said: str) -> None:
    assert said in "\n".join(problems(made(text)))


@pytest.mark.parametrize(
    "text",
    [
        "```\nsignalcast queues\n```",
        "```text\n$ ls\n```",
        "```yaml\nsudo rm -r x\n```",
        "words:\n\n    signalcast queues\n",
    ],
)
def test_a_command_in_no_block_of_a_shell_is_found(text: str) -> None:
    assert list(escaped(NOWHERE, text))


def test_a_block_is_read_with_what_goes_before_and_after_it() -> None:
    block = made("<!-- before: a -->\n<!-- after: b c -->\n```console exit 0,2\n$ x\ny\n```\n")

    assert block.before == ("a",)
    assert block.after == ("b c",)
    assert block.exits == frozenset((0, 2))
    assert list(exchanges("$ one \\\n  two\nsaid\n$ three\n")) == [
        ("one \\\n  two", "said"),
        ("three", ""),
    ]


def test_shell_is_taken_apart_into_commands() -> None:
    text = 'A=1 sudo -u b x "c d" | y > f  # z\nif w; then v "$(u t)" && s \\\n  r; fi'

    assert commands(text) == [["x", "c d"], ["y"], ["w"], ["v", "$(u t)"], ["s", "r"], ["u", "t"]]
