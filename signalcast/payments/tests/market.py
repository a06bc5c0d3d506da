"""Somebody who wants a plan, and staff who look at what was paid."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection

from signalcast.accounts.models import RoleGrant, User
from signalcast.payments.begin_charge import begin_charge
from signalcast.payments.models import Charge
from signalcast.plans.models import Plan
from signalcast.plans.states import Refused


def plan(slug: str = "gold", *, price: int = 2900, interval: str = "month") -> Plan:
    """A plan in euros."""
    return Plan.objects.create(
        slug=slug, name=slug.title(), price=price, currency="EUR", interval=interval
    )


def person(name: str, *roles: str) -> User:
    """Somebody with an account."""
    user = User.objects.create_user(f"{name}@example.org")
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in roles)
    return user


def due(user: User, wanted: Plan, gateway: str = "manual") -> Charge:
    """What USER has to pay."""
    charge = begin_charge(user, wanted, gateway)
    assert charge
    return charge


def at_once(act: Callable[[], object], *, times: int = 50) -> tuple[int, list[str]]:
    """Do it so often at the same time. Returns how often it went well, and what was refused."""
    start = threading.Barrier(times)
    done: list[object] = []
    refused: list[str] = []

    def run() -> None:
        try:
            start.wait()
            done.append(act())
        except Refused as problem:
            refused.append(str(problem))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done), refused
