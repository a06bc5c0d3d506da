"""When a destination was disabled."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("channels", "0002_accounts_and_wordings")]

    operations = [
        migrations.AddField(
            model_name="destination",
            name="disabled_at",
            field=models.DateTimeField(null=True, verbose_name="disabled at"),
        ),
    ]
