"""The product's addresses and one more: a Django page of one query, on the same server."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from signalcast.feeds.models import Feed

PAGE = "<!doctype html><title>{{ feed }}</title><h1>{{ feed }}</h1>"


def one(request: HttpRequest) -> HttpResponse:
    """One row, in a template."""
    page = engines["django"].from_string(PAGE)
    return HttpResponse(page.render({"feed": Feed.objects.first()}, request))


urlpatterns = [path("one/", one), path("", include("signalcast.urls"))]
