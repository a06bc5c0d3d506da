"""Spans, told to a collector by OTLP over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import signalcast
from signalcast.core.env import environment
from signalcast.core.process import host_name
from signalcast.core.trace import trace_with
from signalcast.ops.telemetry.unusable import require

# Imported where it is used: it is an extra.
if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
#: What the endpoint's address goes on with, as OTLP's exporters agree.
PATH = "/v1/traces"
#: Seconds that a collector has for an answer, and that ending waits for what is not told yet.
WITHIN = 2.0


def check() -> None:
    """Raises Unusable when OTEL_EXPORTER_OTLP_ENDPOINT asks for what cannot be done."""
    if environment().otel_endpoint:
        require("opentelemetry.exporter.otlp.proto.http", variable=VARIABLE, extra="otel")


def begin(role: str) -> Callable[[], None] | None:
    """Trace from now on, if the variable says where to. Returns how to end. Raises Unusable."""
    check()
    endpoint = environment().otel_endpoint
    if not endpoint:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    about = {
        "service.name": "signalcast",
        "service.version": signalcast.__version__,
        "service.namespace": environment().namespace,
        "host.name": host_name(),
        "signalcast.role": role,
    }
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + PATH, timeout=WITHIN)
    # Spans that nobody takes in time are dropped: its queue is bounded.
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("signalcast", signalcast.__version__)
    trace_with(lambda name, ids: _Spanned(tracer, name, ids), _annotate)

    def end() -> None:
        # On a thread: a collector that hangs must not keep this process.
        flushing = threading.Thread(target=provider.shutdown, daemon=True)
        flushing.start()
        flushing.join(WITHIN)

    return end


class _Spanned(AbstractContextManager["_Spanned"]):
    """A span of the block. What goes wrong with it is no business of the block's."""

    def __init__(self, tracer: Tracer, name: str, ids: dict[str, Any]) -> None:
        self._tracer, self._name, self._ids = tracer, name, ids
        self._open: AbstractContextManager[Span] | None = None
        self._span: Span | None = None

    def __enter__(self) -> Self:
        with suppress(Exception):
            # An error's words may hold secrets, so that only its kind is told.
            self._open = self._tracer.start_as_current_span(
                self._name,
                attributes=_attributes(self._ids),
                record_exception=False,
                set_status_on_exception=False,
            )
            self._span = self._open.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        from opentelemetry.trace import StatusCode

        with suppress(Exception):
            if self._span and kind is not None and issubclass(kind, Exception):
                self._span.set_status(StatusCode.ERROR, kind.__name__)
            if self._open:
                self._open.__exit__(None, None, None)


def _annotate(ids: dict[str, Any]) -> None:
    from opentelemetry.trace import get_current_span

    with suppress(Exception):
        get_current_span().set_attributes(_attributes(ids))


def _attributes(ids: dict[str, Any]) -> dict[str, Any]:
    return {
        f"signalcast.{name}": value if isinstance(value, bool | int | float) else str(value)
        for name, value in ids.items()
        if value is not None
    }
