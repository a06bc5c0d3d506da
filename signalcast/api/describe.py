"""What Ninja says of the operations, with all that may be answered, and an example of each."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from signalcast.api.limit import WINDOW
from signalcast.api.needs import Token
from signalcast.api.once import HEADER
from signalcast.api.refuse import TYPE

if TYPE_CHECKING:
    from ninja import Router

Json = dict[str, Any]

#: What may be answered besides: to all, to what changes something, to what takes a body.
ALWAYS = (401, 403, 429, 500, 503)
WRITES = (409, 411, 413, 415, 422)
BODIES = (400,)
#: What says why somebody has to pay first.
PAID = "create_subscription"
KEY: Json = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "description": "Sent again with the same key within a day, it is done once.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$", "minLength": 1, "maxLength": 255},
}
LEFT: Json = {
    "RateLimit": {
        "description": "Requests that are left (`r`), and seconds until all are there again (`t`).",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": f"Requests (`q`) that a token has in a window of {WINDOW} seconds (`w`).",
        "schema": {"type": "string"},
    },
}
PROBLEM: Json = {
    "title": "Problem",
    "description": "Why a request was refused (RFC 9457), in the language that was asked for.",
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence that says what to do."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body."},
                    "parameter": {"type": "string", "description": "Of the path, query or head."},
                    "detail": {"type": "string"},
                },
                "required": ["detail"],
            },
        },
        "pay_at": {"type": "string", "description": "Where a person pays."},
    },
    "required": ["type", "title", "status", "detail"],
}


def describe(document: Json, routers: list[Router]) -> Json:
    """DOCUMENT, made complete."""
    schemas = document["components"]["schemas"]
    schemas["Problem"] = PROBLEM
    document.pop("servers", None)
    needs = _needs(routers)
    for path, method, operation in operations(document):
        token = needs[operation["operationId"]]
        operation["description"] = f"{operation.get('description', '')} {token.words}".strip()
        _add_examples(operation, schemas)
        _add_problems(operation, path, method)
        if method != "get":
            operation["parameters"] = [*operation["parameters"], KEY]
    return document


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, method and description of each operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _needs(routers: list[Router]) -> dict[str, Token]:
    found: dict[str, Token] = {}
    for router in routers:
        for view in router.path_operations.values():
            for operation in view.operations:
                token = operation.auth_param
                if not (operation.operation_id and isinstance(token, Token)):
                    raise TypeError(f"{operation.view_func} has no id, or nothing it needs.")
                found[operation.operation_id] = token
    return found


def _add_examples(operation: Json, schemas: Json) -> None:
    for response in operation["responses"].values():
        response["headers"] = LEFT
        for content in response.get("content", {}).values():
            content["example"] = example(content["schema"], schemas)
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["example"] = example(content["schema"], schemas)


def example(schema: Json, schemas: Json) -> Any:
    """An example of what has that SCHEMA: its own, or one made of those of its parts."""
    schema = _meant(schema, schemas)
    if "example" in schema:
        return _in_order(schema["example"], schema, schemas)
    if schema.get("type") == "array":
        return [example(schema["items"], schemas)]
    if schema.get("type") == "object":
        return {name: example(one, schemas) for name, one in schema["properties"].items()}
    return None


def _in_order(told: Any, schema: Json, schemas: Json) -> Any:
    """With its members as the schema has them, and not as the alphabet does."""
    schema = _meant(schema, schemas)
    if isinstance(told, list):
        return [_in_order(one, schema.get("items", {}), schemas) for one in told]
    if isinstance(told, dict):
        parts = schema.get("properties", {}).items()
        return {name: _in_order(told[name], one, schemas) for name, one in parts if name in told}
    return told


def _meant(schema: Json, schemas: Json) -> Json:
    """What a reference, or the first of several, stands for."""
    schema = schema.get("anyOf", [schema])[0]
    if "$ref" in schema:
        found: Json = schemas[schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def _add_problems(operation: Json, path: str, method: str) -> None:
    statuses = {*ALWAYS}
    if method != "get":
        statuses |= {*WRITES}
    elif operation["parameters"]:
        statuses |= {422}
    if "requestBody" in operation:
        statuses |= {*BODIES}
    if "{" in path:
        statuses |= {404}
    if operation["operationId"] == PAID:
        statuses |= {402}
    for status in sorted(statuses):
        operation["responses"][str(status)] = _problem(status)
    operation["responses"] = {str(code): one for code, one in operation["responses"].items()}


def _problem(status: int) -> Json:
    phrase = HTTPStatus(status).phrase
    told = {"type": "about:blank", "title": phrase, "status": status, "detail": "A sentence."}
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": phrase, "content": {TYPE: {"schema": schema, "example": told}}}
