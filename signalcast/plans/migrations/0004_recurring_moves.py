"""The record of what recurs, begun with what the history of subscriptions tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import django.db.models.deletion
import django.db.models.functions.datetime
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MONTHS = {"month": 1, "quarter": 3, "year": 12}
COUNTING = ("active", "past_due", "grace")
#: Subscriptions that are looked at together, and rows of one statement.
BATCH = 500


def begin_record(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Go through each history once. Prices that changed since are taken as they are now."""
    Subscription = apps.get_model("plans", "Subscription")
    RecurringMove = apps.get_model("plans", "RecurringMove")
    last = 0
    while found := list(
        Subscription.objects.filter(pk__gt=last)
        .select_related("plan")
        .prefetch_related("changes__plan")
        .order_by("pk")[:BATCH]
    ):
        rows = [RecurringMove(**values) for one in found for values in _moves(one)]
        RecurringMove.objects.bulk_create(rows, batch_size=BATCH)
        last = found[-1].pk


def _moves(one: Any) -> Iterator[dict[str, Any]]:
    known: dict[tuple[int, str], int] = {}
    ever = paid = False
    for plan, before, state, at in _history(one):
        if not before and state == "trialing":
            yield _row(one, (plan.pk, one.currency), at, kind="trial")
        paid = state == "active" or (paid and state in COUNTING)
        now = _worth(one, plan) if paid and state in COUNTING else {}
        if now == known:
            continue
        kind = _kind(known, now, converted=bool(one.trial_ends_at) and not ever)
        for key in {**known, **now}:
            yearly = now.get(key, 0) - known.get(key, 0)
            if yearly:
                several = (key in now) - (key in known)
                yield _row(one, key, at, kind=kind, yearly=yearly, subscriptions=several)
        ever, known = True, now


def _history(one: Any) -> Iterable[tuple[Any, str, str, Any]]:
    changes = sorted(one.changes.all(), key=lambda change: change.pk)
    if changes:
        return [(change.plan, change.from_state, change.to_state, change.at) for change in changes]
    return [(one.plan, "", one.state, one.starts_at)]


def _worth(one: Any, plan: Any) -> dict[tuple[int, str], int]:
    price = one.price if plan.pk == one.plan_id else plan.price
    months = MONTHS.get(plan.interval)
    return {(plan.pk, one.currency): price * 12 // months} if price and months else {}


def _kind(known: dict[Any, int], now: dict[Any, int], *, converted: bool) -> str:
    if not known:
        return "converted" if converted else "new"
    if not now:
        return "lost"
    return "up" if sum(now.values()) >= sum(known.values()) else "down"


def _row(one: Any, key: tuple[int, str], at: Any, **values: Any) -> dict[str, Any]:
    plan, currency = key
    return {"subscription": one, "plan_id": plan, "currency": currency, "at": at, **values}


class Migration(migrations.Migration):
    dependencies = [("plans", "0003_current_keys")]

    operations = [
        migrations.CreateModel(
            name="RecurringMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("trial", "a trial began"),
                            ("new", "new"),
                            ("converted", "paid after its trial"),
                            ("up", "dearer"),
                            ("down", "cheaper"),
                            ("lost", "lost"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("yearly", models.BigIntegerField(default=0, verbose_name="a year")),
                (
                    "subscriptions",
                    models.SmallIntegerField(default=0, verbose_name="subscriptions"),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="at"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="plans.plan",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="moves",
                        to="plans.subscription",
                    ),
                ),
            ],
            options={
                "verbose_name": "move of what recurs",
                "verbose_name_plural": "moves of what recurs",
                "indexes": [models.Index(fields=["at"], name="recurring_move_at")],
            },
        ),
        migrations.RunPython(begin_record, migrations.RunPython.noop, elidable=True),
    ]
