"""The door that payment providers tell at."""

from __future__ import annotations

from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from signalcast.core import events
from signalcast.core.error_text import error_text
from signalcast.payments.gateways.base import Forged
from signalcast.payments.gateways.registry import gateway, names
from signalcast.payments.store_event import store_event

#: Bytes of an event; those of Stripe have a few thousand.
LARGEST = 512 * 1024


@csrf_exempt  # the signature is the right to tell, and nobody is signed in
@require_POST
def told(request: HttpRequest, name: str) -> HttpResponse:
    """Store what a provider tells, then answer 200; what it told before is answered the same."""
    if name not in names() or gateway(name).missing():
        return _problem(404, _("No such gateway is set up here."))
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return _problem(413, _("The event is too large."))
    try:
        event = gateway(name).verify(request.body, request.headers)
    except Forged as reason:
        events.warn("payment.forged", gateway=name, reason=str(reason))
        return _problem(400, str(reason))
    try:
        new = store_event(name, event)
    except Error as error:
        events.warn("payment.not_stored", gateway=name, id=event.id, error=error_text(error))
        return _problem(503, _("It could not be stored. Send it again."))
    return JsonResponse({"id": event.id, "status": "accepted" if new else "duplicate"})


def _problem(status: int, title: str) -> JsonResponse:
    document = {"type": "about:blank", "title": title, "status": status}
    return JsonResponse(document, status=status, content_type="application/problem+json")
