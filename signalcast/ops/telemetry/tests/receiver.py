"""Somebody on this machine who takes what Sentry's and OTLP's clients send."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import brotli
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.serving import serving

#: How senders pack what they tell, by what they say of it.
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
}


@dataclass
class Span:
    """One span, as plain values."""

    name: str
    attributes: dict[str, Any]
    resource: dict[str, Any]
    failed: str


@dataclass
class Told:
    """What arrived."""

    url: str
    events: list[dict[str, Any]] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    #: Everything as it came, to look for what must not be in it.
    raw: bytes = b""

    @property
    def dsn(self) -> str:
        """For SENTRY_DSN."""
        return self.url.replace("http://", "http://public-key@") + "/1"


def take(told: Told, path: str, body: bytes) -> None:
    """Read one request."""
    told.raw += body
    if path.endswith("/envelope/"):
        lines = body.split(b"\n")
        for header, payload in zip(lines[1::2], lines[2::2], strict=False):
            if header and json.loads(header).get("type") == "event":
                told.events.append(json.loads(payload))
        return
    request = ExportTraceServiceRequest.FromString(body)
    for resource in request.resource_spans:
        about = {one.key: one.value.string_value for one in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                attributes = {
                    one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value")
                    for one in span.attributes
                }
                failed = span.status.message if span.status.code == 2 else ""
                told.spans.append(Span(span.name, attributes, about, failed))


@contextmanager
def receiver() -> Iterator[Told]:
    """A receiver that ends with the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            unpack = UNPACK.get(self.headers.get("Content-Encoding", ""), bytes)
            take(told, self.path, unpack(body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Told(f"http://127.0.0.1:{server.server_port}")
    with serving(server):
        yield told
