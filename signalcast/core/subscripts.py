"""Django's classes that name their model for the type checker can be written so at run time."""

from __future__ import annotations

from typing import Any

from django.db.models import Field
from django.forms.models import BaseModelForm


def allow_subscripts() -> None:
    """Let `TextField[str, str]` and `ModelForm[Plan]` mean the class itself, as Django lets
    `QuerySet[Plan]`.

    The package of the type stubs does so for every class that they subscribe, and loads Django's
    admin and feeds into each process for that: 5 MB in every worker and sender.
    """
    for generic in (Field, BaseModelForm):
        generic.__class_getitem__ = classmethod(_itself)  # type: ignore[union-attr]


def _itself(cls: type, _named: Any) -> type:
    return cls
