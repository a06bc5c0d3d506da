"""What goes wrong for a page: `faults.py FAULT ...`, named in a comment above its block."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from signalcast.core.clock import now

DOMAIN = "signals.example.com"


def certificate_of(days: str, directory: str) -> None:
    """A certificate that ends so many days from now, below 0 one that ended, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, DOMAIN)])
    ends = now() + timedelta(days=float(days))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends - timedelta(days=90))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(DOMAIN)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    place = Path(directory)
    place.mkdir(parents=True, exist_ok=True)
    (place / "chain.pem").write_bytes(made.public_bytes(Encoding.PEM))
    told = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (place / "key.pem").write_bytes(key.private_bytes(*told))


def a_page_fails() -> None:
    """Somebody signs in while the table of users is away."""
    with closing(HTTPConnection("127.0.0.1", int(os.environ["SIGNALCAST_PORT"]))) as pages:
        pages.request("GET", "/sign-in/")
        answer = pages.getresponse()
        cookie = str(answer.getheader("set-cookie")).partition(";")[0]
        found = re.search(r'csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())
        assert found
        form = {"csrfmiddlewaretoken": found[1], "login": "a@example.org", "password": "x"}
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        with _away("accounts_user"):
            pages.request("POST", "/sign-in/", urlencode(form), headers)
            status = pages.getresponse().status
    assert status == 500, status


@contextmanager
def _away(table: str) -> Iterator[None]:
    """Without a table meanwhile."""
    path = Path(os.environ["SIGNALCAST_HOME"]) / "signalcast.sqlite3"
    with closing(sqlite3.connect(path, timeout=30)) as opened:
        opened.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        try:
            yield
        finally:
            opened.execute(f"ALTER TABLE {table}_away RENAME TO {table}")


FAULTS: dict[str, Callable[..., None]] = {
    "certificate-of": certificate_of,
    "a-page-fails": a_page_fails,
}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalcast.settings")
    FAULTS[sys.argv[1]](*sys.argv[2:])
