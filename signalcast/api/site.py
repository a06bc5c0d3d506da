"""The operations as Ninja serves them, and the document that describes them."""

from __future__ import annotations

from typing import Any, NoReturn

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.operation import Operation
from ninja.router import Router

from signalcast.api.describe import describe
from signalcast.api.operations import (
    deliveries,
    destinations,
    feeds,
    manage_feeds,
    manage_people,
    manage_plans,
    manage_posts,
    manage_sources,
    me,
    payments,
    plans,
    signals,
    subscriptions,
)

ABOUT = (
    "Numbers are decimal strings, money is whole minor units with a currency, times are RFC 3339"
    " in UTC. Lists come in pages: give `next` back as `cursor`. Whatever is refused is told as a"
    " problem document (RFC 9457). Writes take an `Idempotency-Key`."
)
PARTS = (
    (me, "You"),
    (feeds, "Feeds"),
    (signals, "Signals"),
    (deliveries, "Deliveries"),
    (destinations, "Destinations"),
    (plans, "Plans"),
    (subscriptions, "Subscriptions"),
    (payments, "Payments"),
    (manage_feeds, "Manage feeds"),
    (manage_sources, "Manage sources"),
    (manage_plans, "Manage plans"),
    (manage_people, "Manage people"),
    (manage_posts, "Manage deliveries and announcements"),
)


class Site(NinjaAPI):
    """Ours: errors are told in one place, and everything that may be answered is described."""

    def on_exception(self, request: HttpRequest, exc: Any) -> NoReturn:
        """Leave it to `answer`, whose transaction has to see it."""
        raise exc

    def get_operation_url_name(self, operation: Operation, router: Router) -> str:
        """What metrics call it."""
        return f"api_{operation.operation_id}"

    def document(self) -> dict[str, Any]:
        """The description in OpenAPI 3.1."""
        routers = [part.router for part, _name in PARTS]
        return describe(dict(self.get_openapi_schema(path_prefix="/api/v1/")), routers)


site = Site(
    title="Signalcast",
    version="1",
    description=ABOUT,
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
)
for part, name in PARTS:
    site.add_router("", part.router, tags=[name])
