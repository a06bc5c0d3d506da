"""The guarded client: where it goes, where it doesn't, and how it says so."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from yarl import URL

from signalcast.channels.tests.receiving import Behaviour
from signalcast.channels.webhook.tests.peer import Peer, plain
from signalcast.core.addresses import is_public
from signalcast.core.clock import now
from signalcast.core.http import Answer, Client, NoAnswer, Unreachable, WrongUrl, check_url

CLOSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192",
    "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
    "100::1", "2001:db8::1", "2001:10::1", "3fff::1", "5f00::1", "64:ff9b:1::1",
    "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1",
    "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "::127.0.0.1",
]  # fmt: skip
OPEN = [
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450::1",
    "::ffff:8.8.8.8", "2002:808:808::1", "64:ff9b::8.8.8.8",
]  # fmt: skip
SPELLINGS = ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "0", "localhost",
             "LOCALHOST.", "a.localhost", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254",
             "127.0.0.1.", "①②⑦.⓪.⓪.①"]  # fmt: skip


@pytest.fixture
def peer() -> Iterator[Peer]:
    with Peer() as made:
        yield made


def post(
    url: str,
    *,
    allow_private: bool = True,
    times: int = 1,
    lookup: Callable[..., Any] = socket.getaddrinfo,
    within: float = 0.5,
) -> Answer:
    async def posts() -> Answer:
        async with Client(
            allow_private=allow_private, lookup=lookup, connect_within=0.3, answer_within=within
        ) as client:
            for _ in range(times):
                answer = await client.post(url, b"{}", {"webhook-id": "msg_1"})
            return answer

    return asyncio.run(posts())


def leads_to(*answers: str) -> Callable[..., Any]:
    """A name server that gives these answers, one after the other, the last for ever."""
    left = list(answers)

    def lookup(host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
        text = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in text else socket.AF_INET
        address = (text, port, 0, 0) if ":" in text else (text, port)
        return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)]

    return lookup


@pytest.mark.parametrize("address", CLOSED)
def test_a_closed_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OPEN)
def test_an_open_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_a_closed_address_is_accepted_or_connected_to(host: str, peer: Peer) -> None:
    url = f"http://{host}:{peer.port}/"
    with pytest.raises(WrongUrl):
        check_url(url, allow_private=False)
    with pytest.raises(Unreachable):
        post(url, allow_private=False)
    assert peer.connections == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1", "::1", "169.254.169.254"])
def test_a_name_that_leads_to_a_closed_address_is_not_followed(address: str, peer: Peer) -> None:
    with pytest.raises(Unreachable, match="private or reserved"):
        post(f"http://hooks.test:{peer.port}/", allow_private=False, lookup=leads_to(address))
    assert peer.connections == 0


def test_a_name_that_changes_its_mind_is_not_followed(peer: Peer) -> None:
    lookup = leads_to("192.0.2.1", "127.0.0.1")
    for _ in range(2):
        with pytest.raises(Unreachable):
            post(f"http://hooks.test:{peer.port}/", allow_private=False, lookup=lookup)
    assert peer.connections == 0


def test_loopback_is_open_where_it_was_allowed(peer: Peer) -> None:
    assert post(peer.url()).status == 200
    assert str(check_url(peer.url(), allow_private=True)) == peer.url()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ftp://a.test/", "https://"),
        ("javascript:alert(1)", "https://"),
        ("https://", "no host"),
        ("https://user:secret@a.test/", "user name"),
        ("https://a.test/\r\nHost: b", "control characters"),
        ("https://a.test:99999/", "not a web address"),
        ("http://[::1", "not a web address"),
    ],
)
def test_an_unusable_url_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(WrongUrl, match=words):
        check_url(text, allow_private=True)


def test_any_port_and_path_are_fine() -> None:
    text = "https://hooks.example.com:8443/a/b?c=d"
    assert str(check_url(text, allow_private=False)) == text


def test_redirects_are_answers_and_not_followed(peer: Peer) -> None:
    peer.say("/", plain(302, "Location: /elsewhere"))

    assert post(peer.url()).status == 302
    assert len(peer.arrivals) == 1


def test_connections_are_used_again(peer: Peer) -> None:
    post(peer.url(), times=5)

    assert (len(peer.arrivals), peer.connections) == (5, 1)


@pytest.mark.wide
def test_of_many_that_wait_each_is_given_up_in_its_own_time(peer: Peer) -> None:
    async def ask(client: Client, path: str, after: float) -> str:
        await asyncio.sleep(after)
        try:
            await client.post(peer.url(path), b"{}", {})
        except NoAnswer as error:
            return str(error)
        return "answered"

    async def asked() -> list[str]:
        async with Client(allow_private=True, answer_within=0.6) as client:
            asks = [ask(client, path, after) for path, after in waits]
            return await asyncio.wait_for(asyncio.gather(*asks), 10)

    # The third begins while the timer of the first runs, the last after all of them are over.
    waits = [("/never", 0.0), ("/slow", 0.0), ("/never", 0.3), ("/soon", 0.3), ("/never", 1.5)]
    peer.say("/never", Behaviour.HANG)
    peer.say("/slow", 0.4)
    given_up = "It did not answer within 0.6 s."
    assert asyncio.run(asked()) == [given_up, "answered", given_up, "answered", given_up]


def test_a_connection_that_was_closed_while_idle_is_told_apart(peer: Peer) -> None:
    peer.say("/", plain(200), b"")
    with pytest.raises(NoAnswer, match="did not answer"):
        post(peer.url(), times=2)
    peer.say("/", plain(200))
    with pytest.raises(NoAnswer) as error:
        post(drops_the_second(peer), times=2)
    assert error.value.dropped


def drops_the_second(peer: Peer) -> str:
    peer.say("/drops", plain(200), Behaviour.DROP)
    return peer.url("/drops")


def test_a_compressed_bomb_is_not_unpacked(peer: Peer) -> None:
    peer.say("/", plain(200, "Content-Encoding: gzip", body=b"\x1f\x8b" + b"\x00" * 1000))

    assert post(peer.url()).body.startswith(b"\x1f\x8b")
    assert "accept-encoding" not in peer.arrivals[0].headers


def test_cookies_and_proxies_are_ignored(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    peer.say("/", plain(200, "Set-Cookie: a=b"))
    post(peer.url(), times=2)

    assert "cookie" not in peer.arrivals[1].headers


def test_an_answer_that_stops_half_way_counts_by_its_status(peer: Peer) -> None:
    peer.say("/", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    answer = post(peer.url())
    assert (answer.status, answer.body) == (200, b"half")


def test_a_body_that_is_too_long_is_cut(peer: Peer) -> None:
    peer.say("/", plain(500, body=b"x" * 200_000))

    assert len(post(peer.url()).body) == 65_536


def test_informational_answers_are_passed_over(peer: Peer) -> None:
    peer.say("/", b"HTTP/1.1 102 Processing\r\n\r\n" + plain(204))

    assert post(peer.url()).status == 204


def test_what_cannot_be_reached_is_told_in_words(peer: Peer) -> None:
    nobody = peer.nowhere().address
    cases = {
        "http://does-not-exist.invalid/": "does-not-exist.invalid does not resolve.",
        nobody: f"It refused the connection on port {URL(nobody).port}.",
        peer.url().replace(
            "http", "https"
        ): f"No connection to port {peer.port} stood within 0.3 s",
    }
    for url, words in cases.items():
        with pytest.raises(Unreachable) as error:
            post(url, within=3)
        assert words in str(error.value)


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    with (
        tls_server(tmp_path) as port,
        pytest.raises(Unreachable, match="certificate is not trusted: self-signed"),
    ):
        post(f"https://localhost:{port}/", within=3)


@contextmanager
def tls_server(directory: Path) -> Iterator[int]:
    """A server with a certificate of its own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = directory / "tls.pem"
    encoding = serialization.Encoding.PEM
    path.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(encoding)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_greet, args=(listener, context), daemon=True).start()
        yield int(listener.getsockname()[1])


def _greet(listener: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):
        connection, _ = listener.accept()
        with connection, context.wrap_socket(connection, server_side=True):
            pass
