"""The Stripe of our own on loopback, as programs reach it: forms in, JSON out."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import pytest
from stripe import HTTPClient

from signalcast.payments.gateways.stripe.tests.provider import Object, Provider
from tests.serving import serving

PART = re.compile(r"[^\[\]]+")


class Server:
    """A provider that listens, for as long as the context lasts."""

    def __init__(self, provider: Provider | None = None) -> None:
        self.provider = provider or Provider()
        #: What was asked for, in order: method and path.
        self.asked: list[str] = []
        #: Status codes to answer with instead, one for each request to come.
        self.trouble: list[int] = []
        #: What was answered to each idempotency key.
        self.kept: dict[str, Object] = {}
        self.lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._answering = ExitStack()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._answering.enter_context(serving(self._http))
        # Its own client waits half a second and more before it asks again.
        patch = self._answering.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(HTTPClient, "INITIAL_DELAY", 0.01)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._answering.close()

    def answer(self, method: str, path: str, params: Object, key: str) -> tuple[int, Object]:
        """What a request gets."""
        with self.lock:
            self.asked.append(f"{method} {path}")
            if self.trouble:
                status = self.trouble.pop(0)
                return status, {"error": {"type": "api_error", "message": "Oh no."}}
            if key and key in self.kept:
                return 200, self.kept[key]
            found = self._do(method, path, params)
            if key and found[0] == 200:
                self.kept[key] = found[1]
            return found

    def _do(self, method: str, path: str, params: Object) -> tuple[int, Object]:
        provider = self.provider
        makers: dict[str, Callable[[Object], Object]] = {
            "POST /v1/customers": provider.create_customer,
            "POST /v1/coupons": provider.create_coupon,
            "POST /v1/checkout/sessions": provider.create_session,
            "POST /v1/refunds": provider.create_refund,
            "POST /v1/billing_portal/sessions": provider.create_portal,
            "GET /v1/events": provider.list_events,
            "GET /v1/invoice_payments": provider.list_invoice_payments,
        }
        if subscription := re.fullmatch(r"/v1/subscriptions/(\w+)", path):
            if method == "DELETE":
                provider.cancel(subscription[1])
                return 200, provider.objects[subscription[1]]
            return 200, provider.update_subscription(subscription[1], params)
        make = makers.get(f"{method} {path}")
        if make is None:
            return 404, {"error": {"type": "invalid_request_error", "message": f"No {path}."}}
        try:
            return 200, make(params)
        except (KeyError, ValueError) as error:
            message = f"Wrong or missing: {error}"
            return 400, {"error": {"type": "invalid_request_error", "message": message}}


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve(urlsplit(self.path).query)

        def do_DELETE(self) -> None:
            self._serve("")

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self._serve(self.rfile.read(length).decode())

        def _serve(self, form: str) -> None:
            if self.headers.get("Authorization") != "Bearer sk_test_1":
                status, found = 401, {"error": {"type": "invalid_request_error"}}
            else:
                path = urlsplit(self.path).path
                key = self.headers.get("Idempotency-Key", "")
                status, found = server.answer(self.command, path, read_form(form), key)
            body = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    return Handler


def read_form(form: str) -> Object:
    """The object that a form of Stripe's spells: `line_items[0][price_data][currency]=eur`."""
    found: Object = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        first, *rest = PART.findall(name)
        _put(found, [first, *rest], int(value) if re.fullmatch(r"-?\d{1,15}", value) else value)
    made: Object = _lists(found)
    return made


def _put(into: Object, path: list[str], value: Any) -> None:
    if len(path) == 1:
        into[path[0]] = value
    else:
        _put(into.setdefault(path[0], {}), path[1:], value)


def _lists(found: Any) -> Any:
    if not isinstance(found, dict):
        return found
    inner = {name: _lists(value) for name, value in found.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
