"""Forms of pages filled in by programs: the same rules, told as problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.forms import BaseForm, ModelForm

from signalcast.api.refuse import wrong
from signalcast.intake.problems import FieldError

Form = TypeVar("Form", bound=BaseForm)


def as_shown(form: ModelForm[Any], **changes: Any) -> dict[str, Any]:
    """What the form of a thing shows, with what is to be changed about it."""
    shown = {name: form.initial.get(name) for name in form.fields}
    return {name: value for name, value in (shown | changes).items() if value is not None}


def valid(form: Form, *, called: Mapping[str, str] | None = None) -> Form:
    """The form, if all of it is right. Raises Problem, which names the fields that are not.

    CALLED is what programs call the fields that have another name here.
    """
    names = called or {}
    if not form.is_valid():
        raise wrong(
            *(
                FieldError("" if name == "__all__" else f"/{names.get(name, name)}", str(said))
                for name, errors in form.errors.items()
                for said in errors
            )
        )
    return form
