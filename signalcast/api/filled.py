"""Forms of pages filled in by programs: the same rules, told as problems."""

from __future__ import annotations

from typing import Any, TypeVar

from django.forms import BaseForm, ModelForm, model_to_dict

from signalcast.api.refuse import wrong
from signalcast.intake.problems import FieldError

Form = TypeVar("Form", bound=BaseForm)


def as_shown(form: ModelForm[Any], **changes: Any) -> dict[str, Any]:
    """What the form of a thing shows, with what is to be changed about it."""
    shown = model_to_dict(form.instance, fields=list(form.fields))
    told = {name: form.initial.get(name, value) for name, value in shown.items()}
    return {name: value for name, value in (told | changes).items() if value is not None}


def valid(form: Form) -> Form:
    """The form, if all of it is right. Raises Problem, which names the fields that are not."""
    if not form.is_valid():
        raise wrong(
            *(
                FieldError("" if name == "__all__" else f"/{name}", str(said))
                for name, errors in form.errors.items()
                for said in errors
            )
        )
    return form
