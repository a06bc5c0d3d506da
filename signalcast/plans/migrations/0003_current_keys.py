"""Subscriptions of the time before families: each plan is an offer of its own."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat


def give_keys(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Whoever has a plan has the one current subscription of its family."""
    plans = apps.get_model("plans", "Plan").objects.filter(pk=OuterRef("plan_id"))
    apps.get_model("plans", "Subscription").objects.filter(state="active").update(
        current_key=Concat(
            Cast("user_id", CharField(max_length=20)),
            Value(":"),
            Subquery(plans.values("slug")),
            output_field=CharField(max_length=100),
        )
    )


class Migration(migrations.Migration):
    dependencies = [("plans", "0002_business")]

    operations = [migrations.RunPython(give_keys, migrations.RunPython.noop, elidable=True)]
