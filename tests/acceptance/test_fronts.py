"""A real web server as it is rendered, in front of the real application: what it does for it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import IO

import pytest

from signalcast.deploy import front
from signalcast.deploy.read import read
from signalcast.deploy.render import render
from tests.acceptance.front import BODY, HOSTS, LISTENER, Site, site
from tests.acceptance.poster import TOKEN
from tests.machine import (
    BALANCER,
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
    needs_namespaces,
    missing("curl:curl", "openssl:openssl"),
]

SIGNAL = {"id": "s-1", "symbol": "BTCUSDT", "side": "buy", "order_type": "market",
          "stop_loss": "63000"}  # fmt: skip
BEARER = ("-H", f"Authorization: Bearer {TOKEN}")
HASHED = "site.0123456789ab.css"


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("nginx", marks=missing("nginx:nginx-light")),
        pytest.param("apache", marks=missing("apachectl:apache2")),
    ],
)
def served(request: pytest.FixtureRequest) -> Iterator[Site]:
    with site(request.param) as made:
        static = made.machine.path(f"{made.host.home}/static")
        for name in (HASHED, "plain.css", ".hidden"):
            text = b"body { color: red }\n" * 200
            (static / name).write_bytes(text)
            (static / f"{name}.gz").write_bytes(gzip.compress(text))
            (static / f"{name}.br").write_bytes(b"compressed by brotli")
        yield made


def sent(answer: Answer) -> dict[str, object]:
    """The problem document of an answer that says it has one."""
    assert answer.headers["content-type"].startswith("application/problem+json"), answer
    found: dict[str, object] = json.loads(answer.body)
    assert found["status"] == answer.status
    return found


def test_plain_http_leads_to_https(served: Site) -> None:
    answer = served.machine.curl(
        "-H", f"Host: {served.host.domain}", f"http://{SERVER}/sign-in/?next=/app/"
    )

    assert answer.status == 308
    assert answer.headers["location"] == f"https://{served.host.domain}/sign-in/?next=/app/"


def test_what_proves_the_name_to_the_authority_is_served_without_https(served: Site) -> None:
    place = served.machine.path(f"{front.CHALLENGES}/.well-known/acme-challenge")
    place.mkdir(parents=True, exist_ok=True)
    (place / "proof").write_text("proven")
    url = f"http://{SERVER}/.well-known/acme-challenge/"

    host = ("-H", f"Host: {served.host.domain}")
    assert served.machine.curl(*host, f"{url}proof").body == b"proven"
    assert served.machine.curl(*host, f"{url}other").status == 404


def test_a_page_comes_by_http_2_with_the_headers_that_protect_it(served: Site) -> None:
    answer = served.get("/sign-in/")

    assert (answer.status, answer.http) == (200, "2")
    assert answer.headers["strict-transport-security"] == front.STRICT_TRANSPORT
    assert answer.headers["content-security-policy"] == front.CONTENT_POLICY
    assert answer.headers["permissions-policy"] == front.PERMISSIONS
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "." not in answer.headers.get("server", "")
    assert "secure" in answer.headers["set-cookie"].lower()


def test_old_protocols_are_refused(served: Site) -> None:
    weakest = ("--ciphers", "DEFAULT@SECLEVEL=0")

    served.get("/sign-in/", "--tls-max", "1.1", "--tlsv1.0", *weakest, expect=35)
    assert served.get("/sign-in/", "--tls-max", "1.2").status == 200
    assert served.get("/sign-in/", "--tlsv1.3").status == 200


def test_a_name_that_is_not_ours_is_not_answered(served: Site) -> None:
    status = ("curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}")
    there = ("--resolve", f"elsewhere.example:443:{SERVER}", "https://elsewhere.example/sign-in/")
    plain = ("-H", "Host: elsewhere.example", f"http://{SERVER}/sign-in/")

    for asked in (there, plain):
        # Without a word, or with the least that Apache can say.
        assert served.machine.run(*status, *asked, expect=None) in ("000", "403")


def test_a_signal_is_taken_in_once_it_is_stored(served: Site) -> None:
    answer = served.post("/in/v1/signals", json.dumps(SIGNAL), *BEARER)

    assert answer.status == 202, answer
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"] == front.STRICT_TRANSPORT
    [receipt] = json.loads(answer.body)["receipts"]
    assert served.query("[str(r.pk) for r in Receipt.objects.all()]") == [receipt["id"]]


def first_line(stream: IO[bytes], start: bytes) -> bytes:
    """The next line that starts so."""
    while line := stream.readline():
        if line.startswith(start):
            return line
    raise AssertionError(f"the stream ended without {start!r}")


def test_an_event_arrives_while_the_stream_goes_on(served: Site) -> None:
    token = served.query(
        "__import__('signalcast.live.renew_token', fromlist=['x'])"
        f".renew_token(User.objects.get(email='{LISTENER}'))"
    )
    shown = ("-H", f"Authorization: Bearer {token}", "--compressed")
    with served.listening("/live/", *shown) as stream:
        first_line(stream, b"id:")
        served.query(
            "len(Post.objects.bulk_create([Post(feed=Feed.objects.get(slug='crypto'),"
            " type='signal.updated', data={'signal': {'comment': 'heard at once'}})]))"
        )
        assert b"heard at once" in first_line(stream, b"data:")


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [
        ("gzip", "gzip", None),
        ("br, gzip", "br", b"compressed by brotli"),
        ("identity", None, b"body { color: red }\n" * 200),
    ],
)
def test_static_files_come_as_they_were_compressed_and_are_kept_for_ever(
    served: Site, accepted: str, encoding: str | None, body: bytes | None
) -> None:
    answer = served.get(f"/static/{HASHED}", "-H", f"Accept-Encoding: {accepted}")

    assert answer.status == 200
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert answer.headers["x-content-type-options"] == "nosniff"
    if body is not None:
        assert answer.body == body
    else:
        assert gzip.decompress(answer.body) == b"body { color: red }\n" * 200


def test_a_static_file_whose_name_may_mean_something_else_tomorrow_is_asked_for_anew(
    served: Site,
) -> None:
    assert served.get("/static/plain.css").headers["cache-control"] == "public, max-age=60"


def test_a_static_file_that_is_not_collected_comes_from_the_application(served: Site) -> None:
    answer = served.get("/static/signalcast/signalcast.css")

    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert served.get("/static/nothing.css").status == 404


@pytest.mark.parametrize(
    "path", ["/.env", "/.git/config", "/static/.hidden", "/app/.env", "/static/../.env",
             "/static/..%2f.env", "/static/%2e%2e/settings.env", "/.front/503.html"]
)  # fmt: skip
def test_hidden_files_are_not_there(served: Site, path: str) -> None:
    answer = served.get(path, "--path-as-is")

    assert answer.status in (400, 404)
    assert b"SIGNALCAST" not in answer.body


def told(served: Site, *headers: str) -> tuple[str, str]:
    """The address that a wrong password is told of, and the id of its request in the answer."""
    before = served.log.count("sign_in.failed")
    page = served.get("/sign-in/")
    mask = page.body.decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    cookie = page.headers["set-cookie"].partition(";")[0]
    words = [word for header in headers for word in ("-H", header)]
    source = ("--interface", BALANCER) if "by the balancer" in headers else (
        "--interface", STRANGER)  # fmt: skip
    answer = served.get(
        "/sign-in/", *source, *words, "-H", f"Cookie: {cookie}",
        "-H", f"Referer: https://{served.host.domain}/sign-in/",
        "--data-urlencode", f"csrfmiddlewaretoken={mask}",
        "-d", "login=a@example.org&password=wrong",
    )  # fmt: skip
    assert answer.status == 200, answer
    wait_for(
        lambda: served.log.count("sign_in.failed") > before, within=10, message="it is told of"
    )
    line = [one for one in served.log.splitlines() if "sign_in.failed" in one][-1]
    found = json.loads(line)
    assert found["request"] == answer.headers["x-request-id"]
    return found["address"], found["request"]


SPOOFED = (
    *("X-Forwarded-For: 192.0.2.66", "X-Real-IP: 192.0.2.66", "Forwarded: for=192.0.2.66"),
    *("X_Forwarded_For: 192.0.2.66", "X-Request-ID: spoofed", "X-Forwarded-Proto: http"),
    "X-Forwarded-Host: evil.example",
)


def test_what_a_stranger_says_of_itself_has_no_effect(served: Site) -> None:
    address, request = told(served, *SPOOFED)

    assert address == STRANGER
    assert request != "spoofed"


def test_a_load_balancer_of_ours_is_believed(served: Site) -> None:
    said = "X-Forwarded-For: 192.0.2.66, 192.0.2.7", "X-Request-ID: known-1", "by the balancer"

    assert told(served, *said) == ("192.0.2.7", "known-1")


def test_a_door_hears_who_knocks_and_the_front_keeps_tokens_to_itself(served: Site) -> None:
    answer = served.post("/in/hooks/no-such-token", "{}", "--interface", STRANGER, "-H",
                         "X-Forwarded-For: 127.0.0.1")  # fmt: skip
    served.get("/in//hooks/./no-such-token", "--path-as-is")
    served.get("/live/?token=no-such-token")

    assert sent(answer)["status"] == 401
    lines = map(json.loads, served.log.splitlines())
    refused = [one for one in lines if one.get("request") == answer.headers["x-request-id"]]
    assert [(one["event"], one["address"]) for one in refused] == [("request.refused", STRANGER)]
    wait_for(lambda: "/live/" in served.front_log, within=5, message="the front has told of it")
    assert "no-such-token" not in served.front_log + served.log


def test_metrics_are_for_this_machine_alone(served: Site) -> None:
    local = served.machine.curl("http://127.0.0.1/metrics")

    assert (local.status, b"signalcast_" in local.body) == (200, True)
    assert served.get("/metrics").status == 404
    outside = served.machine.curl("-H", "Host: 127.0.0.1", f"http://{SERVER}/metrics")
    assert outside.status in (403, 404)
    spoofed = ("-H", "X-Forwarded-For: 127.0.0.1", "--interface", STRANGER)
    assert served.get("/metrics", *spoofed).status == 404


def test_probes_are_answered(served: Site) -> None:
    for path in front.PROBES:
        assert served.get(path).status == 200
        assert served.machine.curl(f"http://127.0.0.1{path}").status == 200


def test_too_large_a_body_is_a_problem_for_programs_and_a_page_for_people(served: Site) -> None:
    program = served.post("/in/v1/signals", "x" * (BODY + 1), *BEARER)
    # Over HTTP/2 Apache leaves that to the application.
    person = served.post("/sign-in/", "x" * (front.SIGN_IN_BODY + 1), "--http1.1")

    assert program.status == person.status == 413
    sent(program)
    assert person.headers["content-type"].startswith("text/html")
    assert front.TOO_LARGE.title.encode() in person.body
    assert served.post("/in/v1/signals", "x" * 60_000, *BEARER).status != 413


def test_who_tries_passwords_fast_has_to_wait(served: Site) -> None:
    many = f"[1-{front.SIGN_IN_BURST + 3}]"
    statuses = served.machine.run(
        *(
            "curl",
            "--http1.1",
            "-s",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code} ",
            "-d",
            "login=a&password=b",
        ),
        *("--interface", STRANGER, "--cacert", served.host.tls.certificate),
        *("--resolve", f"{served.host.domain}:443:{SERVER}"),
        f"https://{served.host.domain}/sign-in/?{many}",
    ).split()

    assert statuses.count("429") in range(1, 6), statuses
    last = served.get("/sign-in/", "--http1.1", "--interface", STRANGER, "-d", "login=a")
    assert last.status == 429
    assert int(last.headers["retry-after"]) > 0
    assert front.TOO_MANY.title.encode() in last.body
    # Nobody else is kept out.
    assert served.get("/sign-in/", "-d", "login=a").status == 403
    if served.host.web_server == "nginx":  # Apache's module refuses everything for a while
        assert served.get("/sign-in/", "--interface", STRANGER).status == 200


def test_without_the_application_the_front_says_so_at_once(served: Site) -> None:
    served.stop_application()
    try:
        program = served.post("/in/v1/signals", json.dumps(SIGNAL), *BEARER)
        probe = served.get("/readyz")
        person = served.get("/app/signals/")
        posted = served.get("/app/publish/", "-d", "symbol=BTCUSDT")
    finally:
        served.start_application()

    for answer in (program, probe, person, posted):
        assert answer.status == 503
        assert answer.seconds < 1
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["strict-transport-security"] == front.STRICT_TRANSPORT
    sent(program)
    sent(probe)
    for answer in (person, posted):
        assert answer.headers["content-type"].startswith("text/html")
        assert front.AWAY.title.encode() in answer.body


HOOK = "/etc/letsencrypt/renewal-hooks/deploy/signalcast"
LINEAGE = "/etc/letsencrypt/live/signals.example.com"


@missing("nginx:nginx-light")
def test_a_renewed_certificate_is_put_in_use_unless_it_is_not_for_its_key() -> None:
    host = read((HOSTS / "small.yaml").read_text())
    with machine() as made:
        made.write(render("nginx", host))
        # The machine has no service manager: what would be reloaded is noted.
        made.write({"usr/local/bin/systemctl": "#!/bin/sh\necho $* >> /run/tests/told\n"}, 0o755)
        certificate(made, host.domain, f"{LINEAGE}/fullchain.pem", f"{LINEAGE}/privkey.pem")
        renewed = ("env", f"RENEWED_LINEAGE={LINEAGE}", "sh", HOOK)
        chain = made.path("/etc/signalcast/tls/chain.pem")

        made.run("env", "RENEWED_LINEAGE=/etc/letsencrypt/live/other.example", "sh", HOOK)
        assert not chain.is_symlink()
        made.run(*renewed)
        assert made.path("/run/tests/told").read_text() == "reload nginx\n"
        assert str(chain.readlink()) == f"{LINEAGE}/fullchain.pem"
        certificate(made, host.domain, f"{LINEAGE}/fullchain.pem", "/run/tests/another.pem")
        assert "not for its key" in made.run(*renewed, expect=1)
        assert made.path("/run/tests/told").read_text() == "reload nginx\n"
