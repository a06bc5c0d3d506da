"""The document that describes the API, and the page that shows it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

from signalcast.api.describe import operations
from signalcast.api.reference import document
from signalcast.api.site import PARTS

DOCUMENT: dict[str, Any] = json.loads(document())
OPERATIONS = list(operations(DOCUMENT))
NAMES = [operation["operationId"] for _path, _method, operation in OPERATIONS]


def routes() -> dict[str, Any]:
    """What Ninja knows of each operation, by its name."""
    views = [view for part, _name in PARTS for view in part.router.path_operations.values()]
    return {one.operation_id: one for view in views for one in view.operations}


def test_an_operation_has_a_name_of_its_own_and_words() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert len({operation["summary"] for _path, _method, operation in OPERATIONS}) == len(NAMES)
    for _path, _method, operation in OPERATIONS:
        assert operation["summary"]
        assert "Needs the scope" in operation["description"]


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=NAMES)
def test_the_examples_of_an_operation_are_what_it_takes_and_gives(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    known = routes()[operation["operationId"]]
    for status, response in operation["responses"].items():
        if status == "204":
            continue
        ((kind, content),) = response["content"].items()
        assert content["example"] is not None
        assert kind == ("application/json" if status < "300" else "application/problem+json")
        if status < "300":
            shape = known.response_models[int(status)]
            shape.model_validate({"response": content["example"]})
    if body := operation.get("requestBody"):
        (shape,) = [one for one in known.models if one.__ninja_param_source__ == "body"]
        ((_kind, content),) = body["content"].items()
        shape.model_validate({"body": content["example"]})


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=NAMES)
def test_what_changes_something_takes_a_key(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    names = [one["name"] for one in operation["parameters"]]

    assert ("Idempotency-Key" in names) == (method != "get")


@pytest.mark.wide
@pytest.mark.django_db
def test_the_page_shows_every_operation_to_everybody_and_loads_nothing_from_elsewhere() -> None:
    answer = Client().get("/api/v1/docs")
    page = answer.content.decode()

    assert answer.status_code == 200
    for name in NAMES:
        assert f'id="{name}"' in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]* src=)", page)


def test_the_document_is_there_for_everybody() -> None:
    answer = Client().get("/api/v1/openapi.json")

    assert answer.headers["Content-Type"] == "application/json"
    assert json.loads(answer.content)["openapi"].startswith("3.1")


@pytest.mark.wide
def test_only_requests_to_the_api_load_what_it_is_made_of() -> None:
    script = (
        "import sys, django; django.setup()\n"
        "from django.urls import reverse\n"
        "from signalcast.pipeline import SCHEDULES\n"
        "from django.utils.module_loading import import_string\n"
        "[import_string(one.function.replace(':', '.')) for one in SCHEDULES]\n"
        "reverse('api', args=['v1/docs'])\n"
        "print([name for name in ('ninja', 'pydantic') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
