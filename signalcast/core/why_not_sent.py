"""Why nothing could be sent, in words."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import aiohttp
from django.utils.translation import gettext as _
from yarl import URL


class ClosedAddress(OSError):
    """An address that is not one of the public Internet."""


def why_not_sent(error: BaseException, url: URL) -> str:
    """A sentence about an error that came up before anything was sent."""
    for found, explain in NOT_SENT:
        if isinstance(error, found):
            return explain(error, url)
    return _("No connection to port %(port)s: %(reason)s.") % {
        "port": url.port,
        "reason": type(error).__name__,
    }


def _name_failed(error: BaseException, url: URL) -> str:
    closed = getattr(error, "os_error", None)
    if isinstance(closed, ClosedAddress):
        return _connection_failed(error, url)
    return _("The host name %(host)s does not resolve.") % {"host": url.host}


def _certificate_failed(error: BaseException, url: URL) -> str:
    cause = getattr(error, "certificate_error", None)
    reason = getattr(cause, "verify_message", "") or str(cause)
    if "expired" in reason:
        return _("Its certificate has expired.")
    if "mismatch" in reason.lower() or "not valid for" in reason:
        return _("Its certificate is not valid for %(host)s.") % {"host": url.host}
    return _("Its certificate is not trusted: %(reason)s.") % {"reason": reason.rstrip(".")}


def _tls_failed(error: BaseException, url: URL) -> str:
    return _("It does not speak TLS on port %(port)s.") % {"port": url.port}


def _connection_failed(error: BaseException, url: URL) -> str:
    cause: Any = getattr(error, "os_error", error)
    if isinstance(cause, ClosedAddress):
        if cause.args[0] == url.host:
            return _("%(host)s is a private or reserved address.") % {"host": url.host}
        return _("%(host)s leads to the private or reserved address %(address)s.") % {
            "host": url.host,
            "address": cause.args[0],
        }
    if isinstance(cause, ConnectionRefusedError):
        return _("It refused the connection on port %(port)s.") % {"port": url.port}
    if cause.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return _("There is no route to %(host)s.") % {"host": url.host}
    return _("No connection to port %(port)s: %(reason)s.") % {
        "port": url.port,
        "reason": cause.strerror or str(cause),
    }


def _wrong_url(error: BaseException, url: URL) -> str:
    return _("This is not a web address.")


# The first that fits counts, so special ones come first.
NOT_SENT: tuple[tuple[type[BaseException], Callable[[BaseException, URL], str]], ...] = (
    (aiohttp.ClientConnectorDNSError, _name_failed),
    (aiohttp.ClientConnectorCertificateError, _certificate_failed),
    (aiohttp.ClientConnectorSSLError, _tls_failed),
    (aiohttp.ClientConnectorError, _connection_failed),
    (aiohttp.InvalidURL, _wrong_url),
    (UnicodeError, _wrong_url),
    (OSError, _connection_failed),
)
