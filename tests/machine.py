"""A machine within this one, for files that say where they belong: they run there unchanged.

It has a network of its own, processes of its own, and the programs of this machine. What it writes
to /etc, /var, /srv, /run, /usr/local and to anybody's own directory is its own, and gone when it
ends.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.installation import descendants
from tests.waiting import wait_for

needs_namespaces = pytest.mark.skipif(
    os.geteuid() != 0 or not (shutil.which("unshare") and shutil.which("ip")),
    reason="a machine within this one needs root, unshare, and ip: apt-get install iproute2",
)

#: Addresses of the machine, of somebody far away, and of a load balancer.
SERVER, STRANGER, BALANCER = "203.0.113.10", "198.51.100.7", "10.0.0.5"
#: Headers that may be told more than once.
MANY = ("set-cookie", "vary")
_OWN = ("etc", "var", "usr/local", "home", "root")
_MAKE = f"""
set -e
ip link set lo up
for address in {SERVER} {STRANGER} {BALANCER}; do ip address add $address/32 dev lo; done
mount -t tmpfs own /mnt
for path in {" ".join(_OWN)}; do
    mkdir -p /mnt/$path /mnt/work/$path
    mount -t overlay own -o lowerdir=/$path,upperdir=/mnt/$path,workdir=/mnt/work/$path /$path
done
mount -t tmpfs -o mode=755 own /srv
mount -t tmpfs -o mode=755 own /run
mkdir -p /run/tests /run/lock
echo made
exec cat
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What curl got."""

    status: int
    #: "1.1" or "2".
    http: str
    headers: dict[str, str]
    body: bytes
    seconds: float


class Machine:
    """Runs commands inside. End it with the block that made it."""

    def __init__(self, holder: subprocess.Popen[bytes]) -> None:
        self._holder = holder
        [self._first] = descendants(holder.pid)
        self._started: list[subprocess.Popen[bytes]] = []
        self.root = Path(f"/proc/{self._first}/root")

    def enter(self, *words: str) -> list[str]:
        """The command that runs WORDS inside."""
        return ["nsenter", "-t", str(self._first), "-n", "-m", "-p", *words]

    def run(self, *words: str, expect: int | None = 0, text: str | None = None) -> str:
        """Run a command to its end, whatever its exit code when None is expected.

        Returns what it printed.
        """
        done = subprocess.run(
            self.enter(*words), input=text, capture_output=True, text=True, check=False
        )
        assert expect in (None, done.returncode), f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def start(self, name: str, *words: str, log: str = "/dev/null", **variables: str) -> None:
        """Start a command that goes on. What it prints is added to LOG."""
        script = f"echo $$ > /run/tests/{name}; exec {shlex.join(words)} >> {log} 2>&1"
        started = subprocess.Popen(
            self.enter("sh", "-c", script),
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._started.append(started)

    def end(self) -> None:
        """End the machine, which ends every process on it."""
        if self._holder.stdin:
            self._holder.stdin.close()
        for process in (self._holder, *self._started):
            process.wait(20)
        if self._holder.stdout:
            self._holder.stdout.close()

    def stop(self, name: str, signal: str = "TERM") -> None:
        """End what was started by NAME, and wait until it is gone."""
        pid = self.run("cat", f"/run/tests/{name}").strip()
        self.run("kill", f"-{signal}", pid)
        wait_for(
            lambda: not (self.root / "proc" / pid / "exe").exists(),
            within=30,
            message=f"{name} is gone",
        )

    def write(self, texts: Mapping[str, str], mode: int = 0o644) -> None:
        """Write texts by their paths, as rendered."""
        for path, text in texts.items():
            file = self.path(path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            file.chmod(mode)

    def path(self, path: str) -> Path:
        """A path of the machine, as seen from here."""
        return self.root / path.lstrip("/")

    def curl(self, *words: str, expect: int = 0, text: str = "") -> Answer:
        """Ask with curl, which must end with the code EXPECT. TEXT is what it may read."""
        done = subprocess.run(
            self.enter("curl", "-sSi", "-m", "20", "-w", "\n%{time_total}", *words),
            input=text.encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == expect, (words, done.returncode, done.stderr, done.stdout[:600])
        return _answer(done.stdout)


def _answer(text: bytes) -> Answer:
    text, _newline, seconds = text.rpartition(b"\n")
    head, _blank, body = text.partition(b"\r\n\r\n")
    while head.startswith(b"HTTP/1.1 100"):
        head, _blank, body = body.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    version, _space, status = first.partition(" ")
    headers: dict[str, str] = {}
    for line in rest:
        name, _colon, value = line.partition(": ")
        before = headers.get(name.lower())
        assert before is None or name.lower() in MANY, f"{name} is told twice"
        headers[name.lower()] = value if before is None else f"{before}, {value}"
    return Answer(
        int(status.split()[0]) if status else 0, version.rpartition("/")[2], headers, body,
        float(seconds or 0),
    )  # fmt: skip


@contextmanager
def machine() -> Iterator[Machine]:
    """A machine that ends with the block, and everything on it."""
    holder = subprocess.Popen(
        ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
         "--propagation", "private", "sh", "-c", _MAKE],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout
    if holder.stdout.readline() != b"made\n":
        holder.communicate()
        raise AssertionError("no machine could be made")
    made = Machine(holder)
    try:
        yield made
    finally:
        made.end()


def certificate(made: Machine, domain: str, chain: str, key: str) -> None:
    """A certificate for DOMAIN that nobody else vouches for, at these paths."""
    for path in (chain, key):
        made.path(path).parent.mkdir(parents=True, exist_ok=True)
    made.run(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-nodes", "-days", "2", "-subj", f"/CN={domain}", "-addext"),
        *(f"subjectAltName=DNS:{domain}", "-out", chain, "-keyout", key),
    )


def missing(*programs: str) -> pytest.MarkDecorator:
    """A mark that skips where a program is missing. Each is named as `program: its package`."""
    absent = [one for one in programs if shutil.which(one.partition(":")[0]) is None]
    return pytest.mark.skipif(bool(absent), reason=f"missing are (with package): {absent}")
