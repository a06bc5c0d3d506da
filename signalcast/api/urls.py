"""The one path of the API. Those below it are the operations' own, see `routes`."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from signalcast.api.door import door


class AnythingConverter(StringConverter):
    """A path whatever is in it: Django's own stops at the end of a line."""

    regex = r"[\s\S]+"


register_converter(AnythingConverter, "anything")

urlpatterns = [
    path("", door, name="api_root"),
    path("<anything:rest>", door, name="api"),
]
