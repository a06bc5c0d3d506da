"""What each check says of the real thing, well and not."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from signalcast.accounts.models import User
from signalcast.channels.models import Account
from signalcast.core.env import Environment
from signalcast.delivery.models import Attempt, Delivery, Post
from signalcast.delivery.publish import publish
from signalcast.delivery.tests.world import World, make_world
from signalcast.intake.models import Receipt
from signalcast.ops.health.checks import (
    certificates,
    clocks,
    database,
    debug,
    deliveries,
    email,
    failures,
    latency,
    memory,
    processes,
    queues,
    settings,
    sources,
    telegram,
    vulnerabilities,
)
from signalcast.ops.health.finding import Finding, State
from signalcast.ops.health.registry import checks
from signalcast.work.models import Job, ProcessBeat
from signalcast.work.pause import pause
from tests.serving import serving


def said(finding: Finding) -> tuple[str, str]:
    return finding.state, finding.words


@contextmanager
def http_server(answer: bytes, context: ssl.SSLContext | None = None) -> Iterator[tuple[str, Any]]:
    """A web server that gives one answer, and the bodies that it was sent."""
    bodies: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server) as port:
        yield f"://localhost:{port}", bodies


def test_every_check_has_words_for_people_and_a_limit() -> None:
    for name, check in checks().items():
        assert str(check.title), name
        assert str(check.meaning).endswith("."), name
        assert 0 < check.within <= 30 <= check.every, name


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_due_for_too_long_fails_its_queue_although_nobody_works() -> None:
    assert queues.look().state == State.OK

    make_world().receive({"id": "tv-1"}, due=timezone.now() - timedelta(seconds=60))

    finding = queues.look()
    assert finding.state == State.FAILED
    assert "In high, the oldest row has been due for 6" in finding.words
    assert 59 < finding.parts["high"] < 70


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_rows_that_wait_for_later_or_are_in_hand_are_not_late() -> None:
    Job.objects.create(name="later", due=timezone.now() + timedelta(hours=1))
    Job.objects.create(name="held", due=None, leased_until=timezone.now() - timedelta(seconds=1))

    assert queues.look().words == "Nothing waits."


@pytest.mark.django_db
def test_the_database_says_how_fast_it_is() -> None:
    finding = database.look()

    assert finding.state == State.OK
    assert finding.unit == "ms"


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_a_channel_whose_messages_are_refused_fails_alone() -> None:
    world = make_world()
    assert deliveries.look().state == State.SKIPPED
    post = Post.objects.create(feed=world.feed, type="test", data={})
    mail = world.alice
    chat = world.bob
    mail.kind, chat.kind = "email", "telegram"
    mail.save()
    chat.save()
    tried(post, mail.pk, accepted=20)
    tried(post, chat.pk, accepted=10, failed=10)

    finding = deliveries.look()

    assert finding.parts == {"email": 100.0, "telegram": 50.0}
    assert said(finding) == (
        State.FAILED,
        "telegram: 10 of 20 attempts were accepted in 10 minutes.",
    )


def tried(post: Post, destination: int, **outcomes: int) -> None:
    """Attempts of one delivery."""
    row = Delivery.objects.create(post=post, destination_id=destination, due=None)
    for outcome, count in outcomes.items():
        Attempt.objects.bulk_create(
            Attempt(delivery=row, started_at=timezone.now(), duration=1, outcome=outcome)
            for _ in range(count)
        )


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_work_that_was_given_up_or_parked_is_counted() -> None:
    world = make_world()
    assert failures.look().state == State.OK
    moment = timezone.now()
    world.receive({"id": "now"}, due=None, parked_at=moment)
    world.receive({"id": "before"}, due=None, parked_at=moment - timedelta(minutes=20))
    post = Post.objects.create(feed=world.feed, type="test", data={})
    tried(post, world.alice.pk, crashed=2)

    finding = failures.look()

    assert finding.state == State.WARNING
    assert finding.parts == {"given_up": 0.0, "errors": 3.0}


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_latency_counts_from_the_request_to_the_answer() -> None:
    world = make_world()
    assert latency.look().state == State.SKIPPED
    world.receive({"id": "tv-1", "symbol": "BTCUSDT", "side": "buy"})
    publish()
    row = Delivery.objects.get()
    received = Receipt.objects.get().received_at
    Attempt.objects.create(
        delivery=row,
        started_at=received + timedelta(seconds=6),
        duration=500,
        outcome="accepted",
    )

    finding = latency.look()

    assert finding.state == State.WARNING
    assert finding.figure == pytest.approx(6.5, abs=0.01)
    Receipt.objects.update(approved_by=User.objects.first())  # who took the time to think
    assert latency.look().state == State.SKIPPED


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_a_source_is_silent_by_its_own_rhythm() -> None:
    world = make_world()
    assert sources.look().state == State.SKIPPED

    arrivals(world, every=timedelta(minutes=30), last=timedelta(minutes=50))
    assert sources.look().state == State.OK

    Receipt.objects.all().delete()
    arrivals(world, every=timedelta(minutes=30), last=timedelta(minutes=65))
    finding = sources.look()
    assert finding.state == State.WARNING
    assert "desk" in finding.words
    assert finding.parts["desk"] > 2


def arrivals(world: World, *, every: timedelta, last: timedelta) -> None:
    """Forty arrivals in a steady rhythm, the last one so long ago."""
    newest = timezone.now() - last
    for number in reversed(range(40)):
        world.receive({"id": f"tv-{number}"}, due=None, received_at=newest - number * every)


@pytest.mark.django_db
def test_a_mail_server_that_is_away_is_named() -> None:
    assert email.look().words == "No mail server is set up."
    Account.objects.create(
        kind="email",
        name="main",
        settings='{"host": "127.0.0.1", "port": 1, "from": "a@example.org", "security": "none"}',
    )
    Account.objects.create(kind="email", name="other", settings="{}")

    finding = email.look()

    assert finding.state == State.FAILED
    assert "main: It cannot be reached." in finding.words
    assert "other: The mail server's settings cannot be used" in finding.words


@pytest.mark.django_db
def test_a_bot_without_a_usable_token_is_named() -> None:
    Account.objects.create(kind="telegram", name="bot", settings='{"token": "none"}')

    finding = telegram.look()

    assert said(finding)[0] == State.FAILED
    assert "bot: The bot's token is none." in finding.words


def test_memory_that_is_nearly_used_up_fails(tmp_path: Path) -> None:
    there = tmp_path / "meminfo"
    there.write_text("MemTotal:       1000000 kB\nMemAvailable:     20000 kB\n")

    assert said(memory.look(there)) == (State.FAILED, "98 % in use, 0.0 GB available.")
    assert memory.look(tmp_path / "none").state == State.SKIPPED


@pytest.mark.parametrize(
    ("days", "state"), [(90, State.OK), (14, State.WARNING), (2, State.FAILED)]
)
def test_a_certificate_warns_before_it_ends(tmp_path: Path, days: int, state: State) -> None:
    context, trust = certified(tmp_path, timezone.now() + timedelta(days=days, minutes=5))
    with http_server(b"", context) as (address, _bodies):
        finding = certificates.look(f"https{address}", trust)
        untrusted = certificates.look(f"https{address}")

    assert finding.state == state
    assert f"for {days} more days" in finding.words
    assert untrusted.state == State.FAILED
    assert "Browsers do not trust the certificate" in untrusted.words


def test_without_https_there_is_no_certificate_to_look_at() -> None:
    assert certificates.look("http://example.org").state == State.SKIPPED
    assert certificates.look("https://localhost:1").state == State.WARNING


def certified(directory: Path, until: datetime) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server needs to show a certificate, and what a client needs to trust it."""
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(1)
        .not_valid_before(timezone.now() - timedelta(days=1))
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    path = directory / "certificate.pem"
    pem = secret.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=str(path))


def test_debug_mode_fails_where_others_reach_the_site() -> None:
    assert debug.look(Environment()).state == State.OK
    assert debug.look(Environment(debug=True)).state == State.WARNING
    public = Environment(debug=True, public_url="https://example.org")
    assert debug.look(public).state == State.FAILED


def test_settings_of_a_demo_are_named_in_public() -> None:
    finding = settings.look(
        Environment(public_url="http://example.org", allow_private_destinations=True)
    )

    assert finding.figure == 3
    assert "SIGNALCAST_ALLOWED_HOSTS" in finding.words
    good = Environment(public_url="https://example.org", allowed_hosts="example.org")
    assert settings.look(good).state == State.OK


def test_known_vulnerabilities_are_asked_for_in_one_request() -> None:
    assert vulnerabilities.look("").state == State.SKIPPED
    with http_server(b'{"results": [{"vulns": [{"id": "GHSA-1"}]}, {}]}') as (address, bodies):
        finding = vulnerabilities.look(f"http{address}")

    [document] = bodies
    first = document["queries"][0]
    names = {query["package"]["name"].lower() for query in document["queries"]}
    assert "django" in names
    assert finding.state == State.FAILED
    assert f"{first['package']['name']} {first['version']}: GHSA-1" in finding.words


@pytest.mark.parametrize("answer", [b"", b"<html>", b'{"results": 7}'])
def test_a_service_that_answers_nonsense_is_a_warning(answer: bytes) -> None:
    with http_server(answer) as (address, _bodies):
        assert vulnerabilities.look(f"http{address}").state == State.WARNING


def beat(role: str, *, age: float = 0.0, offset: float = 0.0) -> None:
    ProcessBeat.objects.create(
        host="one",
        role=role,
        name=f"{role}-0",
        pid=7,
        started_at=timezone.now() - timedelta(hours=1),
        seen_at=timezone.now() - timedelta(seconds=age),
        clock_offset=offset,
    )


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_a_process_that_stopped_beating_is_named_and_so_is_a_kind_that_nobody_runs() -> None:
    for role in ("web", "worker", "scheduler"):
        beat(role)
    beat("sender", age=31)
    found = processes.look()
    assert said(found)[0] == "failed"
    assert "one sender-0" in found.words
    assert "Nobody runs: sender." in found.words

    ProcessBeat.objects.update(seen_at=timezone.now())
    assert processes.look().state == State.OK


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_in_the_first_moments_nobody_is_missing_yet() -> None:
    beat("web")
    assert processes.look().state == State.FAILED
    ProcessBeat.objects.update(started_at=timezone.now())
    assert processes.look().state == State.OK


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_the_clock_that_is_most_wrong_is_named() -> None:
    assert clocks.look().state == State.SKIPPED
    beat("web", offset=0.01)
    assert clocks.look().state == State.OK
    beat("worker", offset=-2.5)
    found = clocks.look()
    assert (found.state, found.figure) == (State.WARNING, 2.5)


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_rows_of_a_paused_queue_are_not_late() -> None:
    make_world().receive({"id": "tv-1"}, due=timezone.now() - timedelta(seconds=90))
    assert queues.look().state == State.FAILED
    pause("queue:high", by="olga@example.org")
    assert queues.look().state == State.OK
    pause("queue:high", by="olga@example.org", seconds=-1)
    assert queues.look().state == State.FAILED
