"""The web server of a machine, and its certificate."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from signalcast.deploy import front
from signalcast.deploy.host import Host
from signalcast.deploy.provision.rendered import paths, rendered
from signalcast.deploy.provision.step import (
    Directory,
    Ensure,
    File,
    Need,
    Step,
    enabled,
    live,
    running,
)

UNITS = {"nginx": "nginx.service", "apache": "apache2.service"}
CHECKS = {"nginx": "nginx -t -q", "apache": "apachectl -t"}
#: What answers there shows that the domain leads here, before the authority is asked to look.
PROBE = "/.well-known/acme-challenge/signalcast"


def needs(host: Host) -> Iterator[Step]:
    """A certificate that the description says is there is there, and fits."""
    if not _has_server(host) or host.tls.kind != "files":
        return
    chain, key = front.certificate(host)
    yield Need(
        title="The certificate is there",
        test=f"[ -s {chain} ] && [ -s {key} ]",
        refusal=f"There is no certificate at {chain} with its key at {key}. Put them there, as "
        "`tls` of the description says, or take `kind: certbot`.",
    )
    # A bare machine has no openssl to ask.
    yield Need(
        title="The certificate fits its key",
        test=f'! command -v openssl >/dev/null || [ -n "$(openssl pkey -in {key} -pubout)" ] && '
        f'[ "$(openssl x509 -in {chain} -noout -pubkey)" = "$(openssl pkey -in {key} -pubout)" ]',
        refusal=f"The certificate at {chain} is not for the key at {key}. Put a pair there.",
    )


def web(host: Host) -> Iterator[Step]:
    """What ends TLS and passes requests on."""
    if not _has_server(host):
        return
    yield Directory(title="Proofs for certbot have a place", path=front.CHALLENGES)
    yield File(
        title="Whoever asks can tell this machine",
        path=f"{front.CHALLENGES}{PROBE}",
        text=_probe(host) + "\n",
    )
    if host.tls.kind == "certbot":
        yield from _first_pair(host)
    yield from rendered(host, host.web_server)
    unit, check = UNITS[host.web_server], CHECKS[host.web_server]
    yield enabled(unit)
    yield running(unit, paths(host, host.web_server), check=check)
    if host.tls.kind == "certbot":
        yield from _certified(host)


def _has_server(host: Host) -> bool:
    return host.has("web") and host.web_server != "none"


def _probe(host: Host) -> str:
    return hashlib.sha256(f"{host.name} {host.domain}".encode()).hexdigest()[:32]


def _first_pair(host: Host) -> Iterator[Step]:
    """One that nobody vouches for, so that the web server can start."""
    chain, key = front.certificate(host)
    yield Directory(title="The certificate has a place", path=front.TLS_DIRECTORY)
    yield Ensure(
        title=f"There is a certificate for {host.domain}",
        test=f"[ -s {key} ] && openssl x509 -noout -checkhost {host.domain} -in {chain}"
        " | grep -q 'does match'",
        run=f"rm -f {chain} {key} && umask 077 && openssl req -x509 -newkey ec"
        " -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825"
        f" -subj /CN={host.domain} -addext subjectAltName=DNS:{host.domain}"
        f" -out {chain} -keyout {key} && chmod 644 {chain}",
    )


def _certified(host: Host) -> Iterator[Step]:
    """By the authority, once the domain leads here: it lets nobody try often."""
    chain, _key = front.certificate(host)
    lineage = f"/etc/letsencrypt/live/{host.domain}"
    yield enabled("certbot.timer")
    yield Ensure(
        title=f"The certificate for {host.domain} is one that browsers trust",
        test=live(f'[ "$(readlink {chain})" = {lineage}/fullchain.pem ]'),
        possible=f"curl -fsS -m 10 http://{host.domain}{PROBE} | grep -q -x {_probe(host)}",
        otherwise=f"https://{host.domain}/ has a certificate that browsers warn of: the name does "
        "not lead to this machine yet, or port 80 is closed before it. Repeat this when it does.",
        run="certbot certonly -n --agree-tos --keep-until-expiring --webroot"
        f" -w {front.CHALLENGES} -d {host.domain} --cert-name {host.domain} -m {host.tls.email}"
        f" && RENEWED_LINEAGE={lineage} /{front.CERTBOT_HOOK}",
    )
