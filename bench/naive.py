"""What a plain Django view does: one request, one row, one transaction. Served by gunicorn."""

from __future__ import annotations

import json
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.naive")

import django
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from signalcast.settings import DATABASES, DEFAULT_AUTO_FIELD, USE_TZ

__all__ = ["DATABASES", "DEFAULT_AUTO_FIELD", "INSTALLED_APPS", "USE_TZ", "application"]

#: What the view needs, and nothing of the rest of the product.
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    *(f"signalcast.{name}" for name in ("work", "accounts", "feeds", "intake")),
]
SECRET_KEY = "bench"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.naive"
AUTH_USER_MODEL = "accounts.User"
MIDDLEWARE: list[str] = ["django.middleware.common.CommonMiddleware"]
LOGGING_CONFIG = None


@csrf_exempt
def accept(request: HttpRequest) -> HttpResponse:
    """Check the token and the shape, insert a row, answer."""
    from signalcast.core.secrets import token_digest
    from signalcast.feeds.models import Source
    from signalcast.intake.models import Receipt

    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    source = Source.objects.filter(token_digest=token_digest(token), is_active=True).first()
    if source is None:
        return JsonResponse({"title": "Unauthorized"}, status=401)
    signal = json.loads(request.body)
    if not isinstance(signal, dict) or "symbol" not in signal:
        return JsonResponse({"title": "Unprocessable"}, status=422)
    receipt = Receipt.objects.create(
        source=source, door="typed", body=request.body, thread=signal["id"]
    )
    return JsonResponse({"receipts": [{"id": str(receipt.pk), "status": "accepted"}]}, status=202)


urlpatterns = [path("in/v1/signals", accept)]


def application(environ, start_response):  # type: ignore[no-untyped-def]
    """The WSGI application, made at the first request of a process."""
    global _application
    if _application is None:
        django.setup()
        from django.core.handlers.wsgi import WSGIHandler

        _application = WSGIHandler()
    return _application(environ, start_response)


_application: Any = None
