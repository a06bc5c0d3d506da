"""What every web server in front does alike: TLS, headers, limits, and what it says by itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from signalcast.deploy.environment import settings
from signalcast.deploy.host import Host
from signalcast.deploy.text import Text

#: Protocols and ciphers are Mozilla's "intermediate" without those that need Diffie-Hellman
#: parameters of the machine: https://wiki.mozilla.org/Security/Server_Side_TLS
CIPHERS = ":".join(
    (
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-CHACHA20-POLY1305",
    )
)
CURVES = ("X25519", "prime256v1", "secp384r1")

#: Two years, as Mozilla says. Names below ours are not ours to speak for.
STRICT_TRANSPORT = "max-age=63072000"
#: Pages have no script or style within them and load nothing from elsewhere; pictures may be
#: drawn by the page itself.
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
#: For the pages that the web server itself has, whose style is within them.
OWN_CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
#: What requests may say to the application only by the word of the web server. Spelled with
#: underscores, a header is the same to programs behind a WSGI server.
SPOOFED = (
    *("Forwarded", "X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix"),
    *("X-Forwarded-Server", "Proxy"),
)

#: Paths that the listener for sources, streams and probes answers, besides /in/.
STREAMS = "/live/"
PROBES = ("/livez", "/readyz", "/health")

#: Most bytes of a form with its files, and of somebody's name and password.
PAGE_BODY = 10_485_760
SIGN_IN_BODY = 65_536
#: Requests for pages by one address: each second, and at once.
PAGES_RATE, PAGES_BURST = 20, 100
#: Tries to sign in by one address: each minute, and at once.
SIGN_IN_RATE, SIGN_IN_BURST = 10, 10
#: Sources at full speed that may share one address, as all do that use TradingView.
SOURCES_AT_ONE_ADDRESS = 5
#: Requests and streams of one address at the same time: an office behind one address fits in.
MOST_AT_ONCE, MOST_STREAMS = 200, 100
#: Seconds that a stream may be silent. It is never: signs of life come four times as often.
STREAM_SILENT = 60
#: Seconds that the application has for a page, and for an answer to a source.
PAGE_WITHIN, SOURCE_WITHIN = 65, 15

#: Where the certificate authority looks for what proves that the name is ours.
CHALLENGES = "/var/www/signalcast-acme"
#: Where pages of the web server itself are.
OWN_PAGES = "/usr/local/share/signalcast/front"
#: The certificate in use. With certbot these are links, made anew with each certificate.
TLS_DIRECTORY = "/etc/signalcast/tls"
CERTBOT_HOOK = "etc/letsencrypt/renewal-hooks/deploy/signalcast"


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the web server says by itself."""

    status: int
    #: The status in words: those of http.HTTPStatus differ between Python's releases.
    phrase: str
    #: What both the page and the problem document say.
    title: str
    detail: str
    #: Seconds after which it is worth trying again.
    again: int = 0


TOO_LARGE = Refusal(
    413,
    "Content Too Large",
    "This is too large",
    "The request is larger than this site takes. Send less at once.",
)
TOO_MANY = Refusal(
    429,
    "Too Many Requests",
    "That was very fast",
    "There were too many requests from this address. Wait a moment and try again.",
    again=5,
)
AWAY = Refusal(
    503,
    "Service Unavailable",
    "Back in a moment",
    "The site does not answer right now. Try again in a moment, and send again what was not "
    "confirmed.",
    again=2,
)
#: The application answers nothing usable, or not in time.
REFUSALS = (
    TOO_LARGE,
    TOO_MANY,
    replace(AWAY, status=502, phrase="Bad Gateway"),
    AWAY,
    replace(AWAY, status=504, phrase="Gateway Timeout"),
)

_PAGE = Text("""\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>@@{title}</title>
  <style>
    body { font: 1.1rem/1.5 system-ui, sans-serif; margin: 20vh auto 0; max-width: 32rem;
      padding: 0 1rem }
    h1 { font-size: 1.6rem }
  </style>
</head>
<body>
<h1>@@{title}</h1>
<p>@@{detail}</p>
</body>
</html>
""")

_HOOK = Text("""\
#!/bin/sh
# Rendered by `signalcast deploy render @@{server}` for the host @@{name}. Changes here are lost.
# certbot runs this after each new certificate: it becomes the one in use, if it can be used.
set -eu
[ "${RENEWED_LINEAGE##*/}" = "@@{domain}" ] || exit 0
certified=$(openssl x509 -in "$RENEWED_LINEAGE/fullchain.pem" -noout -pubkey)
held=$(openssl pkey -in "$RENEWED_LINEAGE/privkey.pem" -pubout)
if [ "$certified" != "$held" ]; then
    echo "The certificate in $RENEWED_LINEAGE is not for its key. The old one stays." >&2
    exit 1
fi
mkdir -p @@{directory}
ln -sfn "$RENEWED_LINEAGE/fullchain.pem" @@{directory}/chain.pem
ln -sfn "$RENEWED_LINEAGE/privkey.pem" @@{directory}/key.pem
@@{check}
systemctl reload @@{unit}
""")


def files(host: Host, *, server: str, unit: str, check: str) -> dict[str, str]:
    """What goes with the web server SERVER, whose configuration is tried by CHECK."""
    found = own_pages()
    if host.tls.kind == "certbot":
        found[CERTBOT_HOOK] = _HOOK.substitute(
            name=host.name,
            server=server,
            unit=unit,
            domain=host.domain,
            directory=TLS_DIRECTORY,
            check=check,
        )
    return found


def own_pages() -> dict[str, str]:
    """What the web server says by itself, for people and for programs."""
    found = {}
    for one in REFUSALS:
        found[f"{OWN_PAGES}/{one.status}.html".lstrip("/")] = _page(one)
        found[f"{OWN_PAGES}/{one.status}.json".lstrip("/")] = _problem(one)
    return found


def certificate(host: Host) -> tuple[str, str]:
    """The paths of the certificate's chain and of its key."""
    if host.tls.kind == "files":
        return host.tls.certificate, host.tls.key
    return f"{TLS_DIRECTORY}/chain.pem", f"{TLS_DIRECTORY}/key.pem"


def source_body(host: Host) -> int:
    """The most bytes that a source may post at once."""
    return settings(host).intake_max_body


def source_rate(host: Host) -> tuple[int, int]:
    """Requests by one address at the doors: each second, and at once."""
    made = settings(host)
    return (
        max(1, round(made.intake_rate * SOURCES_AT_ONE_ADDRESS)),
        made.intake_burst * SOURCES_AT_ONE_ADDRESS,
    )


def _problem(refusal: Refusal) -> str:
    """The refusal as a problem document (RFC 9457), on one line."""
    return (
        json.dumps(
            {
                "type": "about:blank",
                "title": refusal.phrase,
                "status": refusal.status,
                "detail": refusal.detail,
            }
        )
        + "\n"
    )


def _page(refusal: Refusal) -> str:
    return _PAGE.substitute(title=refusal.title, detail=refusal.detail)
