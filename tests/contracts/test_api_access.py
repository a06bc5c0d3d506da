"""Who may call what: every operation of the API against every role and every scope.

The operations come from the document of the API: one that is added has to be named here.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from signalcast.accounts.create_token import create_token
from signalcast.accounts.models import ApiToken, Role, RoleGrant, User
from signalcast.api.describe import operations
from signalcast.api.reference import document

pytestmark = pytest.mark.django_db

STRANGER = "stranger"
PEOPLE = frozenset(Role.values)
MANAGERS = frozenset({"owner", "operator"})
OWNER = frozenset({"owner"})
SCOPES = tuple(ApiToken.Scope.values)
SHUT = (401, 403)

#: The scope that it takes, the roles that may, and the operations. What somebody gets at there is a
#: matter of whose it is, which signalcast/api/tests see to.
TABLE: tuple[tuple[str, frozenset[str], str], ...] = (
    ("read", PEOPLE, "read_me list_feeds read_feed list_signals read_signal"),
    ("read", PEOPLE, "list_deliveries read_delivery list_destinations read_destination"),
    ("read", PEOPLE, "list_plans read_plan list_subscriptions read_subscription"),
    ("read", PEOPLE, "list_payments read_payment"),
    ("write", PEOPLE, "create_destination delete_destination pause_destination"),
    ("write", PEOPLE, "resume_destination test_destination create_subscription"),
    ("write", PEOPLE, "cancel_subscription reactivate_subscription change_subscription"),
    ("write", PEOPLE, "keep_subscription change_me"),
    ("manage", MANAGERS, "manage_feeds create_feed read_managed_feed change_feed"),
    ("manage", MANAGERS, "list_sources create_source read_source change_source rotate_source"),
    ("manage", MANAGERS, "pause_source resume_source manage_plans read_managed_plan"),
    ("manage", OWNER, "create_plan change_plan archive_plan restore_plan"),
    ("manage", MANAGERS, "list_users read_user manage_subscriptions grant_subscription"),
    ("manage", MANAGERS, "read_managed_subscription end_subscription"),
    ("manage", MANAGERS, "list_announcements create_announcement cancel_delivery"),
)
RULES = {name: (scope, roles) for scope, roles, names in TABLE for name in names.split()}
OPERATIONS = list(operations(json.loads(document())))


def path_of(path: str, operation: dict[str, Any]) -> str:
    """The path with keys of things that are not there."""
    for one in operation["parameters"]:
        if one["in"] == "path":
            formats = {"uuid": UUID(int=7)}
            kinds = {"integer": 1, "string": "x"}
            schema = one["schema"]
            key = formats.get(schema.get("format", "")) or kinds[schema["type"]]
            path = path.replace(f"{{{one['name']}}}", str(key))
    return path


def status_for(token: str, method: str, path: str) -> int:
    """What is answered to whoever shows that token."""
    headers = {"Authorization": f"Bearer {token}"} if token else None
    answer = Client().generic(method.upper(), path, headers=headers)
    assert answer.status_code < 500, (method, path)
    assert answer.status_code != 405, (method, path)
    return int(answer.status_code)


def token_of(role: str, *scopes: str) -> str:
    """A token of somebody with nothing but ROLE."""
    if role == STRANGER:
        return ""
    user, made = User.objects.get_or_create(email=f"{role}@example.org")
    if made:
        RoleGrant.objects.create(user=user, role=role)
    return create_token(user, name="Bot", scopes=scopes, expires_at=None)[1]


@pytest.mark.parametrize(
    ("path", "method", "operation"),
    OPERATIONS,
    ids=[operation["operationId"] for _path, _method, operation in OPERATIONS],
)
def test_an_operation_takes_whom_the_table_says_and_nobody_else(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    name = operation["operationId"]
    assert name in RULES, f"{name}: say in TABLE which scope it takes, and who may"
    scope, roles = RULES[name]
    path = path_of(path, operation)

    let_in = {
        role
        for role in (STRANGER, *Role.values)
        if status_for(token_of(role, *SCOPES), method, path) not in SHUT
    }
    assert let_in == roles
    enough = {one for one in SCOPES if status_for(token_of("owner", one), method, path) not in SHUT}
    assert enough == {scope}


def test_the_table_has_no_operation_that_is_gone() -> None:
    assert RULES.keys() == {operation["operationId"] for _path, _method, operation in OPERATIONS}


def test_what_changes_nothing_is_all_that_is_read() -> None:
    for _path, method, operation in OPERATIONS:
        scope, _roles = RULES[operation["operationId"]]
        assert scope == "manage" or (scope == "read") == (method == "get")
