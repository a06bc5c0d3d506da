"""What the API can do: as a document for programs, and as a page for people."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from signalcast.api.describe import Json, operations
from signalcast.api.site import ABOUT, site


@cache
def document() -> bytes:
    """The description, made once."""
    return json.dumps(site.document(), ensure_ascii=False, default=str).encode()


def openapi(request: HttpRequest) -> HttpResponse:
    """The description in OpenAPI 3.1."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    return HttpResponse(document(), content_type="application/json")


def reference(request: HttpRequest) -> HttpResponse:
    """The same to be read."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path, method, operation in operations(json.loads(document())):
        groups[operation["tags"][0]].append(_row(path, method, operation))
    context = {"about": _plain(ABOUT), "groups": list(groups.items())}
    return render(request, "api/reference.html", context)


def _row(path: str, method: str, operation: Json) -> dict[str, Any]:
    answers = operation["responses"].items()
    success = next((code, one) for code, one in answers if code.startswith("2"))
    return {
        "id": operation["operationId"],
        "path": path,
        "method": method.upper(),
        "summary": operation["summary"],
        "description": _plain(operation["description"]),
        "parameters": [(one["in"], one["name"], one.get("description", ""))
                       for one in operation["parameters"]],
        "asks": _shown(operation.get("requestBody", {})),
        "code": success[0],
        "answers": _shown(success[1]),
        "problems": ", ".join(code for code, _one in answers if not code.startswith("2")),
    }  # fmt: skip


def _plain(text: str) -> str:
    """Words without the marks that documents have."""
    return text.replace("`", "")


def _shown(told: Json) -> str:
    """The example of a body, laid out; empty where there is none."""
    for content in told.get("content", {}).values():
        return json.dumps(content["example"], indent=2, ensure_ascii=False)
    return ""
