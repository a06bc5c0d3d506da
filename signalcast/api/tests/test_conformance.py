"""Whatever programs send, they are answered as the document says, and never by a failure here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from signalcast.accounts.models import User
from signalcast.api.reference import document
from signalcast.api.tests.calls import Program
from signalcast.channels.models import Destination
from signalcast.core.env import environment
from signalcast.delivery.models import Delivery
from signalcast.payments.tests.market import due, person, plan
from signalcast.plans.models import Plan, Subscription
from signalcast.portal.tests.cast import Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
EACH = 30


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cast]:
    monkeypatch.setenv("SIGNALCAST_API_RATE", "1000000")
    environment.cache_clear()
    yield make_cast()
    monkeypatch.undo()
    environment.cache_clear()


def somebody(cast: Cast, who: str) -> Program:
    """Alice, who subscribes, or Olga, who owns it all; each with a payment and a free plan."""
    user = {
        "subscriber": cast.world.alice.owner,
        "owner": User.objects.get(email="olga@example.org"),
    }[who]
    program = Program(user)
    Plan.objects.create(slug="free", name="Free", price=0, currency="EUR", interval="month")
    due(program.user, plan("dear"))
    due(person("nora"), Plan.objects.get(slug="dear"))
    return program


def real(cast: Cast, path: str, user: User) -> Any:
    """The key of something that is there, for the part of a path."""
    kind = path.removeprefix("/api/v1/").removeprefix("manage/").partition("/")[0]
    first: Any = {
        "feeds": "crypto",
        "plans": "free",
        "sources": "desk",
        "signals": str(cast.signal.pk),
        "users": user.pk,
        "deliveries": Delivery.objects.values_list("pk", flat=True).first(),
        "destinations": Destination.objects.filter(owner=user).values_list("uid", flat=True),
        "subscriptions": Subscription.objects.filter(user=user).values_list("pk", flat=True),
        "payments": user.charges.values_list("pk", flat=True),
    }[kind]
    return first.first() if hasattr(first, "first") else first


def example_of(operation: Any) -> Any:
    """The example of a body that the document has."""
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("example")


def cases(operation: Any) -> st.SearchStrategy[Any]:
    """Requests as the document wants them, and where there is something to do wrong, others."""
    right: st.SearchStrategy[Any] = operation.as_strategy()
    if not operation.definition.raw.get("parameters") and operation.method == "get":
        return right
    wrong = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
    return st.one_of(right, right, wrong)


def try_everything(cast: Cast, who: str, examples: int) -> Counter[int]:
    """Call each operation so often. Returns how often each status came."""
    program = somebody(cast, who)
    schema = schemathesis.openapi.from_dict(json.loads(document()))
    schema.app = get_wsgi_application()
    statuses: Counter[int] = Counter()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        try_one(cast, program, found.ok(), examples, statuses)
    return statuses


def try_one(
    cast: Cast, program: Program, operation: Any, examples: int, statuses: Counter[int]
) -> None:
    """Call an operation with what its document allows, with what it does not, and about what is
    there."""
    example = example_of(operation.definition.raw)

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(operation), there=st.booleans())
    def run(case: Any, there: bool) -> None:
        if there and isinstance(case.body, dict):
            case.body = example
        if there and case.path_parameters and (key := real(cast, case.path, program.user)):
            for name in case.path_parameters:
                case.path_parameters[name] = key
        headers = {"Authorization": f"Bearer {program.token}"}
        answer = case.call_and_validate(checks=CHECKS, headers=headers)
        statuses[answer.status_code] += 1

    run()


@pytest.mark.wide
@pytest.mark.storage
@pytest.mark.parametrize("who", ["subscriber", "owner"])
def test_every_operation_answers_as_its_document_says(cast: Cast, who: str) -> None:
    statuses = try_everything(cast, who, EACH)

    assert statuses[200] > 2 * EACH
    assert not statuses[500]
