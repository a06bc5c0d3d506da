"""A machine with a web server as it is rendered for a host, in front of the application."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import msgspec

from signalcast.deploy import front
from signalcast.deploy.host import Host, Tls
from signalcast.deploy.read import read
from signalcast.deploy.render import render
from tests.acceptance.asker import Asker
from tests.acceptance.installation import copy_tables
from tests.acceptance.poster import TOKEN
from tests.machine import SERVER, Answer, Machine, certificate, machine
from tests.waiting import wait_for

CHECKOUT = Path(__file__).parents[2]
HOSTS = CHECKOUT / "deploy" / "hosts"
LISTENER = "alice@example.org"
CHAIN, KEY = "/etc/ssl/signalcast/chain.pem", "/etc/ssl/signalcast/key.pem"
#: What a source may post at once here: less than usual, so that a limit is soon met.
BODY = 65_536
DOCUMENT = {
    "feeds": [{"slug": "crypto", "name": "Crypto"}],
    "plans": [
        {"slug": "all", "name": "All", "price": "10", "currency": "USD", "interval": "month",
         "feeds": ["crypto"], "channels": ["live"]},
    ],
    "sources": [{"slug": "desk", "feed": "crypto", "token": TOKEN, "publish": "auto"}],
    "users": [{"email": LISTENER, "roles": ["subscriber"], "plans": ["all"], "destinations": []}],
}  # fmt: skip


def described(server: str) -> Host:
    """The small host with that web server behind a load balancer, and a certificate in files."""
    small = read((HOSTS / "small.yaml").read_text())
    return msgspec.structs.replace(
        small,
        web_server=server,
        tls=Tls(kind="files", certificate=CHAIN, key=KEY),
        trusted_proxies=("10.0.0.0/24",),
        settings={"intake_max_body": BODY},
    )


class Site:
    """The application and what is in front of it."""

    def __init__(self, made: Machine, host: Host) -> None:
        self.machine = made
        self.host = host
        # Whoever enters a machine begins at its root.
        told = {"SIGNALCAST_HOME": host.home, "PYTHONPATH": str(CHECKOUT)}
        log = made.path("/run/tests/asker.log")
        self.asker = Asker({**os.environ, **told}, log, made.enter)

    @property
    def log(self) -> str:
        """What the application's processes told."""
        logs = sorted(self.machine.path(f"{self.host.home}/log").glob("*.log"))
        return "".join(path.read_text() for path in logs)

    @property
    def front_log(self) -> str:
        """What the web server told, in all its files."""
        logs = self.machine.path(f"/var/log/{self.package}").glob("*.log")
        return "".join(path.read_text() for path in logs)

    @property
    def package(self) -> str:
        """The name of the web server's package."""
        return {"nginx": "nginx", "apache": "apache2"}[self.host.web_server]

    def signalcast(self, *words: str) -> str:
        """Run a command of the application."""
        return self.machine.run(
            *("env", f"SIGNALCAST_HOME={self.host.home}"),
            *(sys.executable, "-m", "signalcast.cli", *words),
        )

    def query(self, expression: str) -> Any:
        """Evaluate an expression over the models."""
        return self.asker.ask(expression)

    def start_application(self) -> None:
        """Start what listens behind the web server."""
        for name, serve in (("web", "pages"), ("intake", "doors")):
            self.machine.start(
                name,
                *(sys.executable, "-m", "signalcast.cli", "web", "--serve", serve),
                *("--workers", "1"),
                log=f"{self.host.home}/log/{name}-0.log",
                SIGNALCAST_HOME=self.host.home,
                SIGNALCAST_LOG_FORMAT="json",
            )
        for port in (8_000, 8_001):
            self._wait_for_answer(f"http://127.0.0.1:{port}/livez")

    def _wait_for_answer(self, url: str) -> None:
        wait_for(
            lambda: self.machine.run("curl", "-s", url, expect=None) != "",
            within=60,
            message=f"{url} is answered",
        )

    def stop_application(self) -> None:
        """End both listeners."""
        self.machine.stop("web")
        self.machine.stop("intake")

    def get(self, path: str, *words: str, expect: int = 0, text: str = "") -> Answer:
        """Ask by HTTPS, as anybody would."""
        return self.machine.curl(
            *("--cacert", CHAIN, "--resolve", f"{self.host.domain}:443:{SERVER}"),
            *(*words, f"https://{self.host.domain}{path}"),
            expect=expect,
            text=text,
        )

    def post(self, path: str, body: str, *words: str) -> Answer:
        """Post JSON by HTTPS."""
        return self.get(
            path, "-H", "Content-Type: application/json", "--data-binary", "@-", *words, text=body
        )

    @contextmanager
    def listening(self, path: str, *words: str) -> Iterator[IO[bytes]]:
        """Listen by HTTPS within the block, for 30 seconds at most. Yields what comes."""
        process = subprocess.Popen(
            self.machine.enter(
                *("curl", "-sSN", "-m", "30", "--cacert", CHAIN),
                *("--resolve", f"{self.host.domain}:443:{SERVER}", *words),
                f"https://{self.host.domain}{path}",
            ),
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            assert process.stdout
            yield process.stdout
            assert process.poll() is None, "the stream ended"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@contextmanager
def site(server: str) -> Iterator[Site]:
    """A site that is served until the block ends."""
    host = described(server)
    with machine() as made:
        found = Site(made, host)
        for target in ("settings", server):
            made.write(render(target, host))
        certificate(made, host.domain, CHAIN, KEY)
        for path, mode in ((host.home, 0o711), (f"{host.home}/log", 0o750),
                           (f"{host.home}/static", 0o755), (front.CHALLENGES, 0o755)):  # fmt: skip
            made.path(path).mkdir(parents=True, exist_ok=True)
            made.path(path).chmod(mode)
        copy_tables(made.path(host.home))
        document = made.path(f"{host.home}/document.json")
        document.write_text(json.dumps(DOCUMENT))
        found.signalcast("load", f"{host.home}/document.json")
        found.start_application()
        {"nginx": _nginx, "apache": _apache}[server](made)
        try:
            yield found
        finally:
            found.asker.end()


def _nginx(made: Machine) -> None:
    made.run("nginx", "-t")
    made.run("nginx")


def _apache(made: Machine) -> None:
    made.path("/run/apache2").mkdir()
    made.run("apachectl", "configtest")
    made.run("apachectl", "start")
