"""Errors, told to Sentry: without secrets and without anything about people."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

import signalcast
from signalcast.core import events
from signalcast.core.env import environment
from signalcast.core.process import host_name
from signalcast.core.redact import HIDDEN, redacted, secret_name
from signalcast.ops.telemetry.unusable import Unusable, require

# Imported where it is used: it is an extra.
if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

#: Seconds within which the same error of the same event is told once.
ONCE_IN = 60.0
#: Different ones that are remembered.
REMEMBERED = 500
#: Seconds that ending waits for what is not told yet.
END_WITHIN = 2


def check() -> None:
    """Raises Unusable when SENTRY_DSN asks for what cannot be done."""
    if not environment().sentry_dsn:
        return
    require("sentry_sdk", variable="SENTRY_DSN", extra="sentry")
    from sentry_sdk.utils import BadDsn, Dsn

    try:
        Dsn(environment().sentry_dsn)
    except BadDsn as error:
        raise Unusable(_("SENTRY_DSN cannot be used: %(error)s.") % {"error": error}) from None


def begin(role: str) -> Callable[[], None] | None:
    """Tell errors from now on, if SENTRY_DSN says where. Returns how to end. Raises Unusable."""
    check()
    if not environment().sentry_dsn:
        return None
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration

    sentry_sdk.init(
        dsn=environment().sentry_dsn,
        release=f"signalcast@{signalcast.__version__}",
        server_name=host_name(),
        # Nothing of ours is patched: what is told comes from our own warnings.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[AtexitIntegration(callback=lambda _pending, _timeout: None)],
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        shutdown_timeout=END_WITHIN,
        before_send=_without_secrets,
    )
    sentry_sdk.set_tag("role", role)
    events.watch_warnings(_Reporter())
    return lambda: sentry_sdk.flush(END_WITHIN)


class _Reporter:
    """Tells the errors behind warnings, each kind once a minute."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str, int], float] = {}

    def __call__(self, event: str, cause: BaseException | None, fields: Mapping[str, Any]) -> None:
        """Tell it, unless the same was told a moment ago."""
        if cause is None or not self._is_new(event, cause):
            return
        import sentry_sdk

        with sentry_sdk.new_scope() as scope:
            scope.set_tag("event", event)
            for name, value in events.ids().items():
                scope.set_tag(name, str(value))
            scope.set_context("fields", {name: str(value) for name, value in fields.items()})
            scope.capture_exception(cause)

    def _is_new(self, event: str, cause: BaseException) -> bool:
        trace = cause.__traceback__
        while trace and trace.tb_next:
            trace = trace.tb_next
        name = (event, type(cause).__name__, trace.tb_lineno if trace else 0)
        now = time.monotonic()
        if now - self._told.get(name, -ONCE_IN) < ONCE_IN:
            return False
        if len(self._told) >= REMEMBERED:
            self._told.clear()
        self._told[name] = now
        return True


def _without_secrets(event: Event, _hint: Hint) -> Event:
    cleaned: Event = _clean("", event)
    return cleaned


def _clean(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return HIDDEN if value and secret_name(name) else redacted(value)
    if isinstance(value, Mapping):
        return {key: _clean(str(key), one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(name, one) for one in value]
    return value
