"""Which operation is at which path below `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from signalcast.api.reference import openapi, reference
from signalcast.api.site import site

#: What everybody may read, without a token.
OPEN = (openapi, reference)

urlpatterns = [
    path("openapi.json", openapi, name="api_openapi"),
    path("docs", reference, name="api_docs"),
    *site.urls[0],
]
