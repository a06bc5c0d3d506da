"""Posts that go to a segment of people, and so to no feed."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("delivery", "0001_initial"),
        ("feeds", "0002_source_chats"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="segment",
            field=models.JSONField(null=True, verbose_name="segment"),
        ),
        migrations.AlterField(
            model_name="post",
            name="feed",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="posts",
                to="feeds.feed",
            ),
        ),
    ]
