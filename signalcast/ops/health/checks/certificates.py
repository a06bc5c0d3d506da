"""The certificate of the public address is valid for a while."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from yarl import URL

from signalcast.core.clock import now
from signalcast.core.env import environment
from signalcast.ops.health.finding import HOUR, Check, Finding, State, graded, skipped

#: Days that are left.
WARN, FAIL = 21.0, 7.0
WITHIN = 8.0


def look(address: str | None = None, context: ssl.SSLContext | None = None) -> Finding:
    """Connect to the public address as a browser would. CONTEXT says whom to trust."""
    url = URL(environment().public_url if address is None else address)
    if url.scheme != "https" or not url.host:
        return skipped(_("SIGNALCAST_PUBLIC_URL is no https:// address."))
    try:
        ends = _end(url.host, url.port or 443, context or ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        words = _("Browsers do not trust the certificate: %(problem)s.")
        return Finding(State.FAILED, words % {"problem": error.verify_message})
    except (OSError, TimeoutError):
        words = _("%(host)s cannot be reached from this host, so its certificate is unknown.")
        return Finding(State.WARNING, words % {"host": url.host})
    days = (ends - now()).total_seconds() / 86_400
    words = _("Valid until %(day)s, for %(days).0f more days.")
    words %= {"day": f"{ends:%Y-%m-%d}", "days": days}
    return graded(days, words, warn=WARN, fail=FAIL, unit="days")


def _end(host: str, port: int, context: ssl.SSLContext) -> datetime:
    with (
        socket.create_connection((host, port), timeout=WITHIN) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        certificate = secure.getpeercert() or {}
    seconds = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return datetime.fromtimestamp(seconds, UTC)


check = Check(
    title=gettext_lazy("Certificate"),
    meaning=gettext_lazy("The certificate that browsers see at the public address. Renew it."),
    run=look,
    every=HOUR,
    within=20.0,
)
