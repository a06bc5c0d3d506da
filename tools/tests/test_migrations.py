"""Which migrations an installation can be updated with while it runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIRST = """
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Order",
            [("id", models.BigAutoField(primary_key=True)), ("note", models.TextField())],
        ),
    ]
"""
#: One change each, to a table that is full by then.
CHANGES = {
    "a_column_may_be_empty": """
    operations = [migrations.AddField("order", "seen", models.DateTimeField(null=True))]
""",
    "b_column_has_a_default_in_the_database": """
    operations = [migrations.AddField("order", "many", models.IntegerField(db_default=1))]
""",
    "c_index_keeps_nobody_waiting": """
    atomic = False
    operations = [AddIndexConcurrently("order", models.Index("seen", name="by_seen"))]
""",
    "d_column_that_old_code_does_not_fill": """
    operations = [migrations.AddField("order", "price", models.IntegerField(default=1))]
""",
    "e_index_that_locks_the_table": """
    operations = [migrations.AddIndex("order", models.Index("many", name="by_many"))]
""",
    "f_column_that_old_code_reads_is_dropped": """
    operations = [migrations.RemoveField("order", "note")]
""",
    "g_known_to_be_read_by_nobody": """
    operations = [IgnoreMigration(), migrations.RemoveField("order", "many")]
""",
    "h_table_is_renamed": """
    operations = [migrations.RenameModel("Order", "Purchase")]
""",
}
HEAD = """
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django_migration_linter import IgnoreMigration


class Migration(migrations.Migration):
"""


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the changes that were refused."""
    root = tmp_path_factory.mktemp("kiosk")
    folder = root / "kiosk" / "migrations"
    folder.mkdir(parents=True)
    for package in (root / "kiosk", folder):
        (package / "__init__.py").touch()
    (root / "kiosk_settings.py").write_text(
        "from signalcast.settings import *\nINSTALLED_APPS = [*INSTALLED_APPS, 'kiosk']\n"
    )
    (folder / "0001_first.py").write_text(HEAD + FIRST)
    before = "0001_first"
    for number, (name, change) in enumerate(CHANGES.items(), start=2):
        own = f"{number:04}_{name}"
        text = f"{HEAD}    dependencies = [('kiosk', '{before}')]\n{change}"
        (folder / f"{own}.py").write_text(text)
        before = own
    ran = subprocess.run(
        [sys.executable, "-m", "tools.migrations", "--settings=kiosk_settings", "--package=kiosk"],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{root}"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    return set(re.findall(r"\(kiosk, \d+_(\w+)\)\.\.\. ERR", ran.stdout))


@pytest.mark.wide
def test_what_the_release_before_can_live_with_passes(refused: set[str]) -> None:
    assert not {name for name in refused if name[0] in "abcg"}


@pytest.mark.wide
@pytest.mark.parametrize("change", [name for name in CHANGES if name[0] in "defh"])
def test_what_would_break_it_or_lock_a_full_table_is_refused(
    refused: set[str], change: str
) -> None:
    assert change in refused
