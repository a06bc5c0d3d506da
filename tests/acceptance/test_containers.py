"""The images as they are built and compose.yaml as it is rendered, run by a real engine."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import brotli
import msgspec
import pytest

from signalcast.deploy import front
from signalcast.deploy.host import Host
from signalcast.deploy.read import read
from tests.acceptance.composed import Composed
from tests.acceptance.debian import CHECKOUT
from tests.acceptance.front import HOSTS
from tests.acceptance.images import BASE, IMAGES, Images, images
from tests.acceptance.plan import SECRET
from tests.acceptance.poster import TOKEN
from tests.machine import (
    SERVER,
    STRANGER,
    Answer,
    certificate,
    machine,
    missing,
    needs_namespaces,
)
from tests.waiting import wait_for

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.wide,
    # Some twenty processes that start at once, and have a minute for it.
    pytest.mark.alone,
    needs_namespaces,
    missing(
        "buildah:buildah", "podman:podman", "crun:crun", "debootstrap:debootstrap",
        "curl:curl", "openssl:openssl", "iptables:iptables", "catatonit:catatonit",
        "pkill:procps",
    ),
]  # fmt: skip

#: Megabytes (10^6 bytes) that each image may add to its base: what it imports, from Django (50) to
#: Stripe (31), the fonts of invoices (30) and sign-ins (16).
OURS, FRONTS = 350, 20
#: A subscriber's webhook, outside of all networks of the project.
HOOK = (STRANGER, 9_000)
SINK = """
import http.server
class Sink(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.rfile.read(int(self.headers["content-length"])).decode(), flush=True)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer((%r, %d), Sink).serve_forever()
"""
DOCUMENT = {
    "feeds": [{"slug": "crypto", "name": "Crypto"}],
    "plans": [
        {"slug": "all", "name": "All", "price": "10", "currency": "USD", "interval": "month",
         "feeds": ["crypto"], "channels": ["webhook"]},
    ],
    "sources": [{"slug": "desk", "feed": "crypto", "token": TOKEN, "publish": "auto"}],
    "users": [
        {"email": "anna@example.org", "roles": ["subscriber"], "plans": ["all"], "destinations": [
            {"channel": "webhook", "url": f"http://{HOOK[0]}:{HOOK[1]}/", "secret": SECRET}]},
    ],
}  # fmt: skip


def described() -> Host:
    """The reference host of containers, whose subscriber is reached without TLS."""
    host = read((HOSTS / "containers.yaml").read_text())
    return msgspec.structs.replace(host, settings={"allow_private_destinations": True})


def documented(start: str) -> str:
    """The block of commands in the documentation that starts so."""
    text = (CHECKOUT / "docs/operate/containers.md").read_text()
    blocks: list[str] = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    [found] = [block for block in blocks if block.startswith(start)]
    return found


@dataclass(frozen=True, slots=True)
class Site:
    """The project as it runs, and the checkout that its images were built from."""

    composed: Composed
    host: Host
    checkout: Path
    #: The comments of the signals that were taken in.
    taken: list[str] = field(default_factory=list)

    def get(self, path: str, *words: str, text: str = "") -> Answer:
        """Ask by HTTPS at the port of the machine, as anybody would."""
        try:
            return self.composed.machine.curl(
                *("--cacert", self.host.tls.certificate),
                *("--resolve", f"{self.host.domain}:443:{SERVER}"),
                *(*words, f"https://{self.host.domain}{path}"),
                text=text,
            )
        except AssertionError:
            sys.stderr.write(self.composed.machine.run("iptables", "-t", "nat", "-S"))
            sys.stderr.write(self.composed.logs())
            raise

    def post(self, comment: str) -> Answer:
        """Post a signal at the door."""
        signal = {"id": comment, "symbol": "BTCUSDT", "side": "buy", "comment": comment}
        return self.get(
            "/in/v1/signals", "-H", "Content-Type: application/json", "--data-binary", "@-",
            "-H", f"Authorization: Bearer {TOKEN}", text=json.dumps(signal),
        )  # fmt: skip

    def insist(self, comment: str) -> None:
        """Post it until it is taken in, as a careful client does."""
        wait_for(
            lambda: self.post(comment).status == 202, within=60, every=0.5, message="it is accepted"
        )
        self.taken.append(comment)

    def arrived(self) -> list[str]:
        """The comments of the signals that the subscriber got."""
        log = self.composed.machine.path("/run/tests/sink.log").read_text()
        return [json.loads(line)["data"]["signal"]["comment"] for line in log.splitlines()]


@pytest.fixture(scope="module")
def built() -> Iterator[tuple[Images, Path]]:
    """Images of this tree, and the checkout."""
    with images() as made:
        made.make_base()
        checkout = made.build(described())
        made.make_stores()
        yield made, checkout


@pytest.fixture(scope="module")
def running(built: tuple[Images, Path]) -> Iterator[Site]:
    """All services, on a machine with networks and processes of its own."""
    storage, checkout = built
    host = described()
    with machine() as made:
        certificate(made, host.domain, host.tls.certificate, host.tls.key)
        for path in (host.tls.certificate, host.tls.key):
            made.path(path).chmod(0o444)
        shutil.rmtree(checkout / "secrets")
        made.run("sh", "-ec", f"cd {checkout}\n{documented('install -d -m 0700 secrets')}")
        address, port = HOOK
        sink = (sys.executable, "-c", SINK % (address, port))
        made.start("sink", *sink, log="/run/tests/sink.log")
        composed = Composed(made, storage, checkout)
        try:
            composed.up()
            document = made.path("/run/tests/document.json")
            document.write_text(json.dumps(DOCUMENT))
            composed.run(
                "worker", "load", "/document.json",
                volume="/run/tests/document.json:/document.json:ro",
            )  # fmt: skip
            wait_for(lambda: composed.healthy("front"), within=30, every=0.5, message="the front")
            yield Site(composed, host, checkout)
        except BaseException:
            sys.stderr.write(composed.logs())
            raise


def image(built: tuple[Images, Path], name: str) -> dict[str, Any]:
    """What the engine says of an image."""
    words = built[0].podman("image", "inspect", name)
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(told)[0]
    return found


def test_an_image_is_small_and_has_a_user_of_its_own(
    built: tuple[Images, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    base = image(built, BASE)["Size"] / 1e6
    for name, user, most in (
        ("signalcast", "10001:10001", OURS),
        ("signalcast-front", "33:33", FRONTS),
    ):
        found = image(built, IMAGES[name])
        size = found["Size"] / 1e6
        with capsys.disabled():
            sys.stdout.write(f"\n{name}: {size:.0f} MB, of which {base:.0f} MB are its base\n")
        assert size - base < most
        assert found["User"] == user
    assert "/livez" in str(image(built, IMAGES["signalcast"])["Healthcheck"])


def test_an_image_holds_nothing_of_the_machine_it_was_built_on(running: Site) -> None:
    composed = running.composed
    # The checkout had secrets, and static files were collected in a home.
    names = r"-name '.env*' -o -name '*.key' -o -name '*.sqlite3*' -o -name pip.conf"
    looked = rf"find / -xdev -path '*/site-packages' -prune -o \( {names} \) -size +0 -print"
    for name in ("web", "front"):
        assert not composed.inside(name, "sh", "-c", f"{looked} 2>/dev/null", expect=None)
    assert not composed.inside(
        "web", "find", "/srv/signalcast/release", "-name", "tests", "-not", "-path", "*/.venv/*"
    )
    assert composed.inside("web", "ls", "/srv/signalcast/release").split() == [
        *("LICENSE", "README.md", "pyproject.toml", "requirements", "signalcast"),
    ]
    history = composed.podman("history", "--no-trunc", IMAGES["signalcast"])
    configured = composed.podman("inspect", *composed.started["web"])
    for secret in (running.checkout / "secrets").iterdir():
        assert secret.read_text().strip() not in history + configured


def test_a_signal_reaches_a_subscriber(running: Site) -> None:
    running.insist("first")

    wait_for(lambda: running.arrived() == ["first"], within=30, message="it arrives")


def test_health_checks_say_that_all_are_well(running: Site) -> None:
    composed = running.composed
    asked = [name for name, one in composed.services.items() if "test" in one["healthcheck"]]

    assert set(asked) == {"database", "valkey", "intake", "web", "front"}
    for name in asked:
        # A busy machine may have kept one from answering in its time.
        wait_for(partial(composed.healthy, name), within=60, every=0.5, message=name)


def test_no_process_may_do_more_than_it_must(running: Site) -> None:
    for name in running.composed.started:
        if name == "migrate":
            continue
        status = running.composed.inside(name, "cat", "/proc/1/status", "/proc/self/status")
        assert set(re.findall(r"^Uid:\t(\d+)", status, re.MULTILINE)) <= {"33", "999", "10001"}
        assert set(re.findall(r"^Cap\w+:\t(\w+)", status, re.MULTILINE)) == {"0" * 16}
        assert set(re.findall(r"^NoNewPrivs:\t(\d)", status, re.MULTILINE)) == {"1"}
        for path in ("/", "/etc", "/srv", "/usr/bin"):
            refused = running.composed.inside(name, "touch", f"{path}/new", expect=1)
            assert "Read-only file system" in refused or "Permission denied" in refused
        assert "ro," in running.composed.inside(name, "grep", " / ", "/proc/mounts")


def test_the_stores_are_reached_from_inside_alone_and_cannot_get_out(running: Site) -> None:
    address, port = HOOK
    code = f"import socket; socket.create_connection(('{address}', {port}), 2)"

    assert not running.composed.inside("sender", "python3", "-c", code)
    for name in ("database", "valkey"):
        assert "Error" in running.composed.inside(name, "python3", "-c", code, expect=1)
    listening = running.composed.machine.run("iptables", "-t", "nat", "-S")
    assert set(re.findall(r"--dport (\d+) -j DNAT", listening)) == {"80", "443"}


def test_the_front_serves_pages_by_tls_with_the_headers_of_every_front(running: Site) -> None:
    answer = running.get("/sign-in/")
    plain = running.composed.machine.curl(
        "-H", f"Host: {running.host.domain}", f"http://{SERVER}/sign-in/"
    )

    assert (answer.status, answer.http) == (200, "2")
    assert answer.headers["strict-transport-security"] == front.STRICT_TRANSPORT
    assert answer.headers["content-security-policy"] == front.CONTENT_POLICY
    assert answer.headers["permissions-policy"] == front.PERMISSIONS
    assert "secure" in answer.headers["set-cookie"].lower()
    assert (plain.status, plain.headers["location"]) == (
        308, f"https://{running.host.domain}/sign-in/",
    )  # fmt: skip
    assert running.get("/readyz").status == 200
    assert running.get("/metrics").status == 404


def test_static_files_are_compressed_and_kept_for_ever(running: Site) -> None:
    page = running.get("/sign-in/").body.decode()
    style = re.search(r'href="(/static/[^"]+\.css)"', page)
    assert style
    whole = running.get(style[1], "-H", "Accept-Encoding: identity").body

    for encoding, opened in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        answer = running.get(style[1], "-H", f"Accept-Encoding: {encoding}")
        assert answer.headers["content-encoding"] == encoding
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert len(answer.body) < len(whole)
        assert opened(answer.body) == whole


def test_the_front_finds_a_service_that_comes_back_elsewhere_and_says_so_meanwhile(
    running: Site,
) -> None:
    composed = running.composed
    composed.podman("rm", "--force", *composed.started["intake"])
    away = running.post("lost")
    assert away.status == 503
    assert json.loads(away.body)["detail"] == front.AWAY.detail

    # Its address is taken.
    composed.run("sender", "load", "--help")
    composed.start_anew("intake")

    wait_for(lambda: running.get("/readyz").status == 200, within=60, every=0.5, message="found")
    running.insist("second")
    wait_for(lambda: "second" in running.arrived(), within=30, message="it arrives")


def test_the_front_says_so_in_time_where_names_are_asked_for_in_vain(running: Site) -> None:
    # The engine's name server. What it told is believed for some seconds. curl waits for 20, and
    # nginx by itself for 30.
    running.composed.machine.run("pkill", "-STOP", "aardvark-dns")
    try:
        wait_for(lambda: running.get("/readyz").status == 503, within=30, message="it is noticed")
    finally:
        running.composed.machine.run("pkill", "-CONT", "aardvark-dns")

    wait_for(lambda: running.get("/readyz").status == 200, within=60, every=0.5, message="found")


def test_all_stop_within_their_time_and_what_was_taken_in_is_there_afterwards(
    running: Site,
) -> None:
    composed = running.composed
    running.insist("third")

    codes = composed.stop()

    # Whoever is killed after its time ends with 137.
    assert set(codes.values()) == {0}, codes
    for name in list(composed.started):
        composed.podman("start", *composed.started[name])
        if name in ("database", "valkey"):
            wait_for(partial(composed.healthy, name), within=60, every=0.5, message=name)
    wait_for(lambda: "third" in running.arrived(), within=60, message="it arrives")
    assert sorted(running.arrived()) == sorted(running.taken)
