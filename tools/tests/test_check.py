"""Each rule fires on a bad sample and lets a good one pass."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.check import CHECKS
from tools.checks.tree import Finding, Tree

ROOT = Path(__file__).resolve().parents[2]
#: A project that every rule is content with.
GOOD = {
    "CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n",
    "docs/decisions/README.md": "# Decisions\n\n- **django**, **msgspec**: why not.\n",
    "requirements/base.in": "# What for.\ndjango>=5.2,<5.3\nmsgspec\n",
    "requirements/base.txt": "django==5.2.1 \\\n    --hash=sha256:00\nmsgspec==0.22.0\nsix==1.0\n",
    "signalcast/intake/models.py": "from django.db import models\nimport json\n",
    "signalcast/intake/tests/test_doors.py": "import time\n\ntime.monotonic()\n",
}
MODELS = "signalcast/intake/models.py"
DOORS = "signalcast/intake/tests/test_doors.py"
PATCH = "from unittest import mock\n"

BROKEN = [
    ("long-file", {"signalcast/page.css": "a {}\n" * 401}),
    ("long-function", {"bench/row.py": "def f():\n" + "    f()\n" * 60}),
    ("registry-host", {"README.md": "Get it from pypi" + ".org.\n"}),
    ("registry-host", {"Makefile": "fetch https://registry.npmjs" + ".org/left-pad\n"}),
    ("machine-path", {"README.md": "cd /" + "work/main\n"}),
    ("machine-path", {"deploy.sh": "ls '/" + "home/somebody/signals'\n"}),
    ("unfinished", {"signalcast/urls.py": "# TO" + "DO: pages\n"}),
    ("signal-receiver", {MODELS: "from django.db.models.signals import post_save\n"}),
    ("signal-receiver", {MODELS: "from django.db.models import signals\n"}),
    ("signal-receiver", {MODELS: "import django.dispatch\n"}),
    ("saving-logic", {MODELS: "class Receipt:\n    def save(self) -> None: ...\n"}),
    ("conditional-constraint", {MODELS: "models.UniqueConstraint(fields=[], condition=1)\n"}),
    (
        "conditional-constraint",
        {"signalcast/intake/migrations/0001_initial.py": "UniqueConstraint(condition=1)\n"},
    ),
    ("patched-product", {DOORS: PATCH + "mock.patch('signalcast.intake.door.now')\n"}),
    (
        "patched-product",
        {DOORS: PATCH + "from signalcast.core import clock\nmock.patch.object(clock, 'now')\n"},
    ),
    (
        "patched-product",
        {DOORS: "import signalcast.core as c\nmonkeypatch.setattr(c.clock, 'now', 1)\n"},
    ),
    ("sleeping-test", {DOORS: "import time\ntime.sleep(1)\n"}),
    ("sleeping-test", {DOORS: "from time import sleep\nsleep(1)\n"}),
    ("decisions", {"requirements/dev.in": "six\n", "requirements/dev.txt": "six==1.0\n"}),
    (
        "decisions",
        {"docs/decisions/README.md": GOOD["docs/decisions/README.md"] + "- **flask**:\n"},
    ),
    ("locks", {"requirements/dev.in": "django\n"}),
    ("locks", {"requirements/dev.txt": "six==2.0\n"}),
    ("imports", {MODELS: "import yaml\n"}),
    ("changelog", {"CHANGELOG.md": "# Changelog\n\n## 0.1.0\n"}),
]

EXCUSED = [
    {"signalcast/page.css": "/* long: one look, one file */\n" + "a {}\n" * 401},
    {"bench/row.py": "def f():  # long: a table\n" + "    f()\n" * 60},
    {"signalcast/intake/migrations/0001_initial.py": "x = 1\n" * 500},
    {"signalcast/urls.py": "path('/app/" + "work/')\n# signalcast/" + "work/claim.py\n"},
    {"signalcast/intake/forms.py": "class F:\n    def save(self) -> None: ...\n"},
    {DOORS: "import os\nmonkeypatch.setattr(os, 'environ', {})\nmonkeypatch.setenv('A', 'b')\n"},
    {"tests/waiting.py": "import time\ntime.sleep(1)\n"},
    {MODELS: "from signalcast.signals import publish\nfrom . import states\n"},
    {DOORS: "import yaml\n"},
]


def test_a_good_project_has_no_findings(tmp_path: Path) -> None:
    assert _findings(tmp_path, {}) == []


@pytest.mark.parametrize(("rule", "files"), BROKEN)
def test_a_rule_finds_what_breaks_it(tmp_path: Path, rule: str, files: Mapping[str, str]) -> None:
    found = _findings(tmp_path, files)

    assert {finding.rule for finding in found} == {rule}
    assert all(finding.line >= 1 and finding.sentence.endswith(".") for finding in found)


@pytest.mark.parametrize("files", EXCUSED)
def test_what_only_looks_wrong_is_let_pass(tmp_path: Path, files: Mapping[str, str]) -> None:
    assert _findings(tmp_path, files) == []


def test_every_rule_has_a_sample_that_breaks_it() -> None:
    rules = {check.__name__.rstrip("s").replace("_", "-") for check in CHECKS}

    assert rules == {rule.rstrip("s") for rule, _ in BROKEN}


def test_the_command_names_file_and_line_and_exits_with_1(tmp_path: Path) -> None:
    _write(tmp_path, {"README.md": "\nTO" + "DO\n"})

    plain, as_json = (_run(str(tmp_path), *flags) for flags in ([], ["--json"]))

    assert plain.stdout.startswith("README.md:2: unfinished: says ")
    assert [finding["path"] for finding in json.loads(as_json.stdout)] == ["README.md"]
    assert (plain.returncode, as_json.returncode) == (1, 1)


def test_files_that_version_control_ignores_are_left_alone(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    _write(tmp_path, {".gitignore": "var/\n", "var/notes.md": "TO" + "DO\n"})

    assert _run(str(tmp_path)).returncode == 0


def _findings(root: Path, files: Mapping[str, str]) -> list[Finding]:
    _write(root, files)
    return [finding for check in CHECKS for finding in check(Tree(root))]


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in {**GOOD, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.check", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
