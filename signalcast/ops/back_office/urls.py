"""Paths of the back office."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from signalcast.core.back_office import LISTED
from signalcast.ops.back_office.site import Site

OURS = "signalcast."


def made() -> Site:
    """The site, with the tables of our apps, each as its `admin.py` says."""
    for app in apps.get_app_configs():
        if app.name.startswith(OURS) and app.module and module_has_submodule(app.module, "admin"):
            import_module(f"{app.name}.admin")
    site = Site()
    for model, kind in LISTED.items():
        site.register(model, kind)
    return site


SITE = made()


def back_office() -> Any:
    """What `/admin/` leads to."""
    return SITE.urls
