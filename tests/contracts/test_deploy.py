"""What is in deploy/ works with the programs that it is for, and speaks of metrics that exist."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from pathlib import Path

import pytest
import yaml

import signalcast
from signalcast.core.measure import Count, Timing
from signalcast.ops.metrics import rows, scrape
from tests.promtool import needs_promtool, promtool

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = DEPLOY / "grafana" / "signalcast.json"
NAME = re.compile(r"\bsignalcast_[a-z_]+\b")


def known() -> set[str]:
    """The names of all samples that any process can tell."""
    names = set()
    for module in pkgutil.walk_packages(signalcast.__path__, "signalcast."):
        if module.name.endswith((".measures", ".measure_request", ".telemetry.telemetry")):
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, Count):
                    names.add(value.name)
                elif isinstance(value, Timing):
                    names |= {f"{value.name}_{end}" for end in ("bucket", "sum", "count")}
    for file in (rows.__file__, scrape.__file__):
        names |= set(re.findall(r'"(signalcast_[a-z_]+)"', Path(file).read_text()))
    return names


def expressions(dashboard: Path) -> list[str]:
    panels = json.loads(dashboard.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    asked = {name for text in expressions(DASHBOARD) for name in NAME.findall(text)}
    assert len(asked) > 20
    assert asked <= known()


def test_the_rules_ask_for_metrics_that_exist() -> None:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    asked = {name for rule in rules for name in NAME.findall(rule["expr"])}
    assert len(asked) > 10
    assert asked <= known()
    assert all(rule["annotations"].keys() == {"summary", "description"} for rule in rules)


def test_panels_do_not_overlap_and_have_ids_of_their_own() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert at["x"] + at["w"] <= 24
        assert not cells & taken
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


@needs_promtool
@pytest.mark.parametrize(
    "words",
    [
        ("check", "rules", str(RULES)),
        ("test", "rules", str(DEPLOY / "prometheus" / "alerts_test.yml")),
        ("check", "config", str(DEPLOY / "prometheus" / "scrape.yml")),
    ],
    ids=["check rules", "test rules", "check config"],
)
def test_promtool_is_content(words: tuple[str, ...]) -> None:
    promtool(*words)


@needs_promtool
def test_every_panel_asks_what_prometheus_understands(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel_{number}", "expr": text.replace("$__rate_interval", "1m")}
        for number, text in enumerate(expressions(DASHBOARD))
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", str(file))
