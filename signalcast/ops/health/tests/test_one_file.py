"""A check, and a rule, is one file: dropped into its folder, it is everywhere."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import call_command
from django.utils import timezone

from signalcast.ops.alerts import rules as rules_folder
from signalcast.ops.alerts.evaluate import Evaluator
from signalcast.ops.alerts.look_around import Lookout
from signalcast.ops.alerts.models import Alert
from signalcast.ops.alerts.registry import rules
from signalcast.ops.health import checks as checks_folder
from signalcast.ops.health.examine import Examiner
from signalcast.ops.health.models import CheckState
from signalcast.ops.health.registry import checks
from signalcast.portal.tests.cast import signed_in, staff, text

pytestmark = pytest.mark.django_db(transaction=True)

CHECK = """
from signalcast.ops.health.finding import Check, graded

def look():
    return graded(97.0, "The tide is at 97 %.", warn=80, fail=90, unit="%")

check = Check(title="Tide", meaning="Looks at the sea.", run=look)
"""
RULE = """
from signalcast.ops.alerts.rule import Rule, Trouble

def look(view, threshold):
    for row in view.checks:
        if row.name == "tide" and row.figure > threshold:
            yield Trouble("", row.words, row.figure)

rules = (Rule("high_tide", "High tide", "Go uphill.", look, 95.0, "%"),)
"""


@pytest.fixture
def dropped(tmp_path: Path) -> Iterator[None]:
    """A folder more in which Python looks for what is in each of the two."""
    folders: list[tuple[ModuleType, str, str]] = [
        (checks_folder, "tide", CHECK),
        (rules_folder, "tides", RULE),
    ]
    for folder, name, code in folders:
        place = tmp_path / folder.__name__
        place.mkdir()
        (place / f"{name}.py").write_text(code)
        folder.__path__.append(str(place))
    checks.cache_clear()
    rules.cache_clear()
    yield
    for folder, name, _code in folders:
        folder.__path__.pop()
        sys.modules.pop(f"{folder.__name__}.{name}", None)
    checks.cache_clear()
    rules.cache_clear()


def test_a_check_and_a_rule_are_there_once_their_files_are(dropped: None) -> None:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("health", "tide", "--json", stdout=out)
    assert ended.value.code == 2
    assert json.loads(out.getvalue())["checks"]["tide"]["words"] == "The tide is at 97 %."

    examiner = Examiner({"tide": checks()["tide"]})
    examiner.examine()
    examiner.close()
    assert "The tide is at 97 %." in text(signed_in(staff("otto", "operator")), "/ops/health/")

    CheckState.objects.update(since=timezone.now() - timedelta(minutes=2))
    Evaluator(rules()).evaluate(Lookout(settle=0).look_around())
    keys = {alert.key for alert in Alert.objects.all()}
    assert keys == {"high_tide:", "check_failed:tide"}


def test_without_its_file_it_is_nowhere() -> None:
    assert "tide" not in checks()
    assert "high_tide" not in rules()
