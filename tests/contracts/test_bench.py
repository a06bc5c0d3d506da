"""The programs that `make bench` compares with still start, whatever the product became."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

START = "import django; django.setup(); from django.conf import settings; settings.ROOT_URLCONF"


@pytest.mark.parametrize("settings", ["bench.naive", "bench.one_query_settings"])
def test_what_speed_is_compared_with_starts(settings: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
