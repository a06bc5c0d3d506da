"""Which app answers which path. The doors (`/in/`) and the probes are not Django's: see asgi."""

from __future__ import annotations

from django.urls import include, path

from signalcast.ops.back_office.urls import back_office
from signalcast.ops.status.views import status

urlpatterns = [
    path("", include("signalcast.portal.urls")),
    path("ops/", include("signalcast.ops.urls")),
    path("api/", include("signalcast.api.urls")),
    path("admin/", back_office()),
    path("hooks/payments/", include("signalcast.payments.urls")),
    path("status/", status, name="status"),
]
