"""Answers what a test asks about an installation: one process for all questions.

A process for each would load Django each time, which on a small machine takes as much as what the
test is about, above all while it waits for something.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: What an expression may use.
NAMES = """
from datetime import timedelta
from django.core import management
from django.db.models import *; from django.db.models.functions import *
from signalcast.accounts.models import *; from signalcast.channels.models import *
from signalcast.delivery.models import *; from signalcast.intake.models import *
from signalcast.signals.models import *; from signalcast.work.models import *
"""


def _here(*words: str) -> list[str]:
    return list(words)


class Asker:
    """The process, started with the first question. ENTER leads it to another machine."""

    def __init__(
        self, environment: dict[str, str], log: Path, enter: Callable[..., list[str]] = _here
    ) -> None:
        self._environment = environment
        self._enter = enter
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self._one_by_one = threading.Lock()

    def ask(self, expression: str) -> Any:
        """The value of an expression over the models, as JSON has it."""
        with self._one_by_one:
            process = self._process = self._process or self._start()
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps(expression) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        assert line, f"{expression}: no answer; {self._log} may say why"
        answer = json.loads(line)
        assert "failed" not in answer, f"{expression}: {answer['failed']}"
        return answer["found"]

    def _start(self) -> subprocess.Popen[str]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._enter(sys.executable, "-m", "tests.acceptance.asker"),
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def end(self) -> None:
        """End it. The next question starts another."""
        if self._process:
            self._process.communicate()
            self._process = None


def answer_all() -> None:
    """Answer a question a line until there is no other."""
    # Answers go where nobody prints.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.environ["DJANGO_SETTINGS_MODULE"] = "signalcast.settings"
    import django

    django.setup()
    from django.db import connections

    names: dict[str, Any] = {}
    exec(NAMES, names)  # noqa: S102 - the names of this file
    for line in sys.stdin:
        try:
            answer = json.dumps({"found": eval(json.loads(line), names)}, default=str)  # noqa: S307 - written by tests
        except Exception:
            answer = json.dumps({"failed": traceback.format_exc()})
        # A server may be started anew between two questions, and a file be another.
        connections.close_all()
        print(answer, file=answers, flush=True)


if __name__ == "__main__":
    answer_all()
