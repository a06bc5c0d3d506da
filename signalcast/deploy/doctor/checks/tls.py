"""The files of the certificate: name, chain, key and end. What is served is looked at besides."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from signalcast.core.clock import now
from signalcast.deploy.doctor.finding import Check, Finding, ok, problem, skipped, unknown, warning
from signalcast.deploy.doctor.scene import Scene
from signalcast.deploy.front import certificate
from signalcast.ops.health.checks.certificates import FAIL, WARN

WHY = "Browsers and whoever posts signals refuse to connect."


def _look(scene: Scene) -> Iterator[Finding]:
    host = scene.host
    if host is None:
        yield skipped("Without a host description nobody knows where its files are (--host).")
        return
    if not host.has("web") or host.web_server == "none":
        yield skipped("Another machine ends TLS.")
        return
    chain_path, key_path = (scene.at(path) for path in certificate(host))
    again = f"certbot certonly --cert-name {host.domain}" if host.tls.kind == "certbot" else (
        f"Put a certificate for {host.domain} at {host.tls.certificate}, its key at {host.tls.key}"
    )  # fmt: skip
    try:
        chain = x509.load_pem_x509_certificates(chain_path.read_bytes())
    except FileNotFoundError:
        yield problem(f"There is no certificate at {chain_path}", WHY, again)
        return
    except ValueError as error:
        yield problem(f"{chain_path} holds no certificate: {error}", WHY, again)
        return
    yield from _name(chain[0], host.domain, again)
    yield from _end(chain[0], again)
    yield from _chain(chain, again)
    yield from _key(chain[0], key_path, again)


def _name(leaf: x509.Certificate, domain: str, again: str) -> Iterator[Finding]:
    try:
        names = leaf.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        names = []
    above = "*." + domain.partition(".")[2]
    if {domain, above} & {name.lower() for name in names}:
        yield ok(f"The certificate is for {domain}.")
    else:
        told = ", ".join(names) or "no name at all"
        yield problem(f"The certificate is for {told}, not for {domain}", WHY, again)


def _end(leaf: x509.Certificate, again: str) -> Iterator[Finding]:
    days = (leaf.not_valid_after_utc - now()).total_seconds() / 86_400
    day = f"{leaf.not_valid_after_utc:%Y-%m-%d}"
    if days < 0:
        yield problem(f"The certificate expired on {day}", WHY, again)
    elif leaf.not_valid_before_utc > now():
        yield problem(f"The certificate begins {leaf.not_valid_before_utc:%Y-%m-%d}", WHY, again)
    elif days < FAIL:
        yield problem(f"The certificate ends on {day}, in {days:.0f} days", WHY, again)
    elif days < WARN:
        yield warning(f"The certificate ends on {day}, in {days:.0f} days", WHY, again)
    else:
        yield ok(f"It is valid until {day}, for {days:.0f} more days.")


def _chain(chain: list[x509.Certificate], again: str) -> Iterator[Finding]:
    for below, above in pairwise(chain):
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature):
            words = (
                f"{above.subject.rfc4514_string()} did not sign {below.subject.rfc4514_string()}"
            )
            yield problem(f"The chain is broken: {words}", WHY, again)
            return
    if chain[-1].issuer != chain[-1].subject and len(chain) == 1:
        yield warning(
            "The file holds the certificate alone, without those that vouch for it",
            "Browsers may find the missing ones; programs that post signals do not.",
            "Append the authority's intermediate certificates to the file",
        )
    else:
        yield ok(f"Its chain of {len(chain)} fits together.")


def _key(leaf: x509.Certificate, path: Path, again: str) -> Iterator[Finding]:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except FileNotFoundError:
        yield problem(f"There is no key at {path}", WHY, again)
        return
    except PermissionError:
        yield unknown("Whether the key fits is for root to see.", "sudo signalcast doctor")
        return
    except (ValueError, TypeError):
        yield problem(f"{path} holds no key that can be read without a password", WHY, again)
        return
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*public) == leaf.public_key().public_bytes(*public):
        yield ok("The key fits.")
    else:
        yield problem(f"The key at {path} is not the certificate's", WHY, again)


CHECKS = {"tls": Check("network", "The certificate's files: name, end, chain and key.", _look,
                       for_root=True)}  # fmt: skip
