"""Refuse migrations that hinder an update while it serves: `python -m tools.migrations`.

A release migrates while the release before it still serves, so a migration may only add what the
old code can live with (no column that it doesn't fill, none that it misses), and may not keep
others from a table while it is at it. Read from the SQL that each would run on PostgreSQL. A
migration that is right all the same says so with `IgnoreMigration()` of django_migration_linter,
and with a comment on why.
"""

from __future__ import annotations

import argparse
import os
import sys

import django

#: The last migration of each app before the first release: older ones run on empty tables only.
BASELINE = {
    "accounts": "0003",
    "alerts": "0001",
    "channels": "0002",
    "delivery": "0001",
    "feeds": "0002",
    "health": "0001",
    "intake": "0003",
    "live": "0001",
    "payments": "0005",
    "plans": "0001",
    "queues": "0002",
    "signals": "0001",
    "work": "0004",
}


def main() -> int:
    """Say what is wrong with each migration since the baseline; 1 when anything is."""
    parser = argparse.ArgumentParser(description="Refuse migrations that hinder an update.")
    parser.add_argument("--settings", default="signalcast.settings", help="Django's settings")
    parser.add_argument("--package", default="signalcast", help="whose apps are looked at")
    asked = parser.parse_args()
    # Read when the module is: what runs the tests needs no server of its own here.
    os.environ["SIGNALCAST_TEST_ENGINE"] = "postgresql"
    from tests.engines import prepare

    prepare("postgresql")
    os.environ["DJANGO_SETTINGS_MODULE"] = asked.settings
    django.setup()
    return 1 if refused(asked.package) else 0


def refused(package: str) -> int:
    """The number of refused migrations of the package's apps, each told on the output."""
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader
    from django_migration_linter import MigrationLinter

    found = MigrationLoader(None).disk_migrations
    labels = {
        one.label for one in apps.get_app_configs() if f"{one.name}.".startswith(f"{package}.")
    }
    linter = MigrationLinter(no_cache=True, all_warnings_as_errors=True, quiet=["ok", "ignore"])
    for label, name in sorted(found):
        if label in labels and name[:4] > BASELINE.get(label, ""):
            linter.lint_migration(found[label, name])
    return linter.nb_erroneous


if __name__ == "__main__":
    sys.exit(main())
