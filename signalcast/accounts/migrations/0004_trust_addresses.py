from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

BATCH = 500


def trust(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Everybody there is was made by the owner, who knows their addresses."""
    User = apps.get_model("accounts", "User")
    EmailAddress = apps.get_model("account", "EmailAddress")
    known = set(EmailAddress.objects.values_list("user_id", flat=True))
    rows = User.objects.order_by("pk").values_list("pk", "email").iterator(chunk_size=BATCH)
    fresh = (
        EmailAddress(user_id=pk, email=email, verified=True, primary=True)
        for pk, email in rows
        if pk not in known
    )
    EmailAddress.objects.bulk_create(fresh, batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_audit_entries"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunPython(trust, migrations.RunPython.noop)]
