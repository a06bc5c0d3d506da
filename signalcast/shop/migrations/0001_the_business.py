"""Name, looks, legal texts, tax and words of mails, as the owner sets them."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Setting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(db_default="", default="", max_length=60, verbose_name="name"),
                ),
                (
                    "accent",
                    models.CharField(
                        db_default="", default="", max_length=7, verbose_name="colour"
                    ),
                ),
                (
                    "accent_dark",
                    models.CharField(
                        db_default="", default="", max_length=7, verbose_name="colour in the dark"
                    ),
                ),
                ("logo", models.BinaryField(null=True, verbose_name="logo")),
                (
                    "logo_tag",
                    models.CharField(
                        db_default="", default="", max_length=16, verbose_name="logo's tag"
                    ),
                ),
                ("seller", models.TextField(db_default="", default="", verbose_name="seller")),
                (
                    "tax_rate",
                    models.DecimalField(
                        decimal_places=3, max_digits=5, null=True, verbose_name="tax in per cent"
                    ),
                ),
                (
                    "tax_name",
                    models.CharField(
                        db_default="", default="", max_length=40, verbose_name="name of the tax"
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        db_default="", default="", max_length=3, verbose_name="currency"
                    ),
                ),
            ],
            options={
                "verbose_name": "settings",
                "verbose_name_plural": "settings",
            },
        ),
        migrations.CreateModel(
            name="LegalText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "slug",
                    models.CharField(
                        choices=[
                            ("imprint", "Imprint"),
                            ("privacy", "Privacy"),
                            ("terms", "Terms"),
                        ],
                        max_length=16,
                        verbose_name="text",
                    ),
                ),
                ("language", models.CharField(default="", max_length=8, verbose_name="language")),
                ("text", models.TextField(verbose_name="text")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="changed at")),
            ],
            options={
                "verbose_name": "legal text",
                "verbose_name_plural": "legal texts",
                "constraints": [
                    models.UniqueConstraint(fields=("slug", "language"), name="one_legal_text_each")
                ],
            },
        ),
        migrations.CreateModel(
            name="MailText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64, verbose_name="mail")),
                ("language", models.CharField(default="", max_length=8, verbose_name="language")),
                ("subject", models.CharField(max_length=300, verbose_name="subject")),
                ("body", models.TextField(verbose_name="text")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="changed at")),
            ],
            options={
                "verbose_name": "text of a mail",
                "verbose_name_plural": "texts of mails",
                "constraints": [
                    models.UniqueConstraint(fields=("key", "language"), name="one_mail_text_each")
                ],
            },
        ),
    ]
