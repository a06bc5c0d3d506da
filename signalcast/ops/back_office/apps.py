"""The looks of the back office: templates and files of unfold and of Django's admin.

Neither is installed as what it is: that would load their code into every worker and sender, and
make a table for a log that nobody writes. The web process loads it with its URLs.
"""

from __future__ import annotations

from pathlib import Path

import django
from django.apps import AppConfig


class Looks(AppConfig):
    """Unfold, whose package is empty."""

    name = "unfold"


class Frame(AppConfig):
    """The pages of Django's admin that those of unfold are put into."""

    name = "signalcast.ops.back_office"
    label = "back_office"
    #: Where templates and static files are looked for.
    path = str(Path(django.__file__).parent / "contrib" / "admin")
