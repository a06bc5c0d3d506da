"""Change a source to what its form was filled in with."""

from __future__ import annotations

from django.db import transaction
from django.forms import ModelForm

from signalcast.accounts.models import User
from signalcast.accounts.noted import noted
from signalcast.core import events
from signalcast.feeds.models import Source


def change_source(form: ModelForm[Source], *, by: User) -> Source:
    """The source of a valid FORM, changed. Its token stays."""
    with transaction.atomic():
        source = form.save()
        noted(by, "sources.changed", target=source.slug, fields=", ".join(form.changed_data))
    events.emit("source.changed", source=source.slug)
    return source
