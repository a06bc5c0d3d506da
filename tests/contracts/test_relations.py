"""Foreign keys that are written as strings escape the import linter, so they are walked here."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

PYPROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"
PRODUCT = "signalcast"


def test_models_point_only_at_their_own_app_and_at_lower_layers() -> None:
    depth = _depths()

    upward = [
        f"{model._meta.label}.{field.name} -> {target._meta.label}"
        for model, field, target in _relations()
        if _app(model) != _app(target) and depth[_app(model)] >= depth[_app(target)]
    ]

    assert upward == []


def test_every_app_with_models_stands_in_a_layer() -> None:
    found = {_app(model) for model in apps.get_models(include_auto_created=True) if _ours(model)}

    assert found - _depths().keys() == set()


def _depths() -> dict[str, int]:
    """How deep each app lies, from the contract that the import linter checks too."""
    contracts = tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {
        name.strip(" ()"): depth for depth, layer in enumerate(layers) for name in layer.split("|")
    }


def _relations() -> Iterator[tuple[type[models.Model], models.Field[Any, Any], type[models.Model]]]:
    """Every relation that one of our models declares to one of our models."""
    for model in apps.get_models(include_auto_created=True):
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
            target = field.related_model
            if target is None:
                continue
            assert not isinstance(target, str), f"{model._meta.label}.{field.name} points nowhere"
            if _ours(model) and _ours(target):
                yield model, field, target


def _ours(model: type[models.Model]) -> bool:
    return model.__module__.partition(".")[0] == PRODUCT


def _app(model: type[models.Model]) -> str:
    return model._meta.app_config.name.split(".")[1]
