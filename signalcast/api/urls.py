"""The one path of the API. Those below it are the operations' own, see `routes`."""

from __future__ import annotations

from django.urls import path

from signalcast.api.door import door

urlpatterns = [
    path("", door, name="api_root"),
    path("<path:rest>", door, name="api"),
]
