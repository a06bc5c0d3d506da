"""A Debian 12 as debootstrap makes it, below a directory of the test: its files, then a machine.

First there are only its files: no systemd runs, and the network is that of this machine, so that
packages come. Then it boots, with a network and processes of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.installation import descendants
from tests.waiting import wait_for

CHECKOUT = Path(__file__).parents[2]
SUITES = ("bookworm", "bookworm-updates", "bookworm-security")
SOURCES = Path("/etc/apt")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
#: Variables that a provisioning is started with.
KEPT = {"path", "http_proxy", "https_proxy", "no_proxy"}
#: What changes by itself, or is none of its files.
PASSING = {"proc", "dev", "sys", "run"}

_PREPARE = """
set -e
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
echo made
exec cat
"""
# Without the writable rest of /proc/sys, which belongs to the machine around it.
_BOOT = """
set -e
mount -t cgroup2 cgroup /mnt
mkdir "/mnt/$2"
echo $$ > "/mnt/$2/cgroup.procs"
exec unshare --cgroup sh -e -c '
    ip link set lo up
    mount --bind "$1" "$1"
    cd "$1"
    mount -t proc proc proc
    mount --bind proc/sys proc/sys
    mount --bind proc/sys/net proc/sys/net
    mount -o remount,bind,ro proc/sys
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup sys/fs/cgroup
    mount -t tmpfs -o mode=755 own run
    mount -t tmpfs -o mode=755 own dev
    for name in null zero full random urandom tty; do
        touch dev/$name
        mount --bind /dev/$name dev/$name
    done
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=666 own dev/pts
    mount -t tmpfs own dev/shm
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    for number in 0 1 2; do ln -s /proc/self/fd/$number dev/$number; done
    mv dev/0 dev/stdin; mv dev/1 dev/stdout; mv dev/2 dev/stderr
    # Not by chroot, in which no process may have users of its own, as units of systemd do.
    mkdir -p mnt/around
    pivot_root . mnt/around
    umount -l /mnt/around
    rmdir /mnt/around
    echo made
    exec env -i container=tests PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init
' sh "$1"
"""
_FORGET = """
mount -t cgroup2 cgroup /mnt
[ ! -e "/mnt/$1" ] || find "/mnt/$1" -depth -type d -exec rmdir {} +
"""

needs_debian = pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, ("debootstrap", "unshare", "ip"))),
    reason="a Debian within this machine needs root: apt-get install debootstrap iproute2",
)


class Debian:
    """Runs commands inside, and the provisioning beside it. End it with the block that made it."""

    def __init__(self, root: Path, holder: subprocess.Popen[bytes], *, runs: bool) -> None:
        self.root = root
        self._holder = holder
        first = str(min(descendants(holder.pid)))
        # What runs has its files for its root; what only is prepared has this machine's.
        self._inside = ["nsenter", "-t", first, "-m", "-p", "-n", "-u"]
        self._beside = ["nsenter", "-t", first, "-n"] if runs else self._inside
        if not runs:
            self._inside = [*self._inside, "chroot", str(root)]

    def run(self, *words: str, expect: int | None = 0) -> str:
        """Run a command inside to its end, whatever its exit code when None is expected."""
        done = subprocess.run(
            [*self._inside, *words],
            env={"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert expect in (None, done.returncode), f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def start(self, *words: str, home: Path) -> subprocess.Popen[str]:
        """Start a provisioning, in a session of its own."""
        return subprocess.Popen(
            [*self._beside, sys.executable, "-m", "signalcast.cli", "deploy", "provision", *words],
            # How programs of this machine reach packages is no business of those in there.
            env={name: value for name, value in os.environ.items() if name.lower() in KEPT}
            | {"HOME": str(home)},
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def provision(self, *words: str, home: Path, expect: int = 0) -> str:
        """Run one to its end. Returns what it said."""
        process = self.start(*words, home=home)
        said, _nothing = process.communicate(timeout=600)
        assert process.returncode == expect, said
        return said

    def end(self) -> None:
        """End it with all its processes."""
        self._holder.kill()
        self._holder.wait()
        for pipe in (self._holder.stdin, self._holder.stdout):
            if pipe:
                pipe.close()


def bootstrap(root: Path) -> None:
    """The bare files, from where this machine has its packages, and the way to other packages."""
    listed = sources()
    done = subprocess.run(
        [
            "debootstrap",
            "--variant=minbase",
            "--include=systemd-sysv",
            SUITES[0],
            str(root),
            listed[SUITES[0]],
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-1_000:] + done.stderr
    lines = [f"deb {uri} {suite} main\n" for suite, uri in listed.items()]
    (root / "etc/apt/sources.list").write_text("".join(lines))
    shutil.copyfile("/etc/resolv.conf", root / "etc/resolv.conf")
    (root / "etc/hostname").write_text("debian\n")
    (root / "etc/hosts").write_text("127.0.0.1 debian\n" + Path("/etc/hosts").read_text())
    # The test ends with these files, so that no write has to wait for the disk; and nobody reads
    # their manuals.
    unread = "".join(f"path-exclude=/usr/share/{name}/*\n" for name in ("doc", "man", "locale"))
    (root / "etc/dpkg/dpkg.cfg.d/tests").write_text(f"force-unsafe-io\n{unread}")
    (root / "etc/apt/apt.conf.d/99tests").write_text(_apt_settings())
    # No server starts on this machine's network.
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    shutil.copyfile(CERTIFICATES, root / "etc/tests.pem")
    (root / "etc/pip.conf").write_text(pip_settings("/etc/tests.pem"))


def sources() -> dict[str, str]:
    """Where this machine has its own Debian from, by suites."""
    files = [SOURCES / "sources.list", *sorted((SOURCES / "sources.list.d").glob("*"))]
    text = "\n\n".join(
        path.read_text()
        for path in files
        if path.suffix in (".list", ".sources") and path.is_file()
    )
    found = re.findall(r"^deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s", text, re.M)
    for stanza in text.split("\n\n"):
        told = dict(re.findall(r"^(URIs|Suites):\s*(.+)$", stanza, re.M))
        found += [
            (uri, suite)
            for uri in told.get("URIs", "").split()
            for suite in told.get("Suites", "").split()
        ]
    listed = {suite: uri for uri, suite in found if suite in SUITES}
    assert SUITES[0] in listed, f"{SOURCES} names no mirror of {SUITES[0]}"
    return listed


def _apt_settings() -> str:
    """How this machine reaches the mirror."""
    told = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
    return "".join(f"{line}\n" for line in re.findall(r"^Acquire::https?::.*$", told.stdout, re.M))


def pip_settings(certificates: str) -> str:
    """How this machine reaches Python's packages, with the file of CERTIFICATES in there."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    lines = [f"cert = {certificates}"]
    for name, value in re.findall(r"^\S+?\.([a-z-]+)='(.*)'$", listed.stdout, re.M):
        if name in ("index-url", "extra-index-url", "proxy", "timeout", "trusted-host"):
            reached = [one for one in value.split("\\n") if not one.startswith("file:")]
            lines += [f"{name} = {' '.join(reached)}"] if "".join(reached) else []
    return "[global]\n" + "".join(f"{line}\n" for line in dict.fromkeys(lines))


@contextmanager
def prepared(root: Path) -> Iterator[Debian]:
    """Its files, on this machine's network, until the block ends."""
    yield from _held(root, ["--mount", "--pid", "--mount-proc"], _PREPARE, runs=False)


@contextmanager
def booted(root: Path) -> Iterator[Debian]:
    """The machine itself, with systemd and a network of its own, until the block ends."""
    (root / "usr/sbin/policy-rc.d").unlink(missing_ok=True)
    name = f"signalcast-tests-{os.getpid()}-{root.name}"
    try:
        apart = ["--mount", "--pid", "--net", "--uts", "--ipc"]
        yield from _held(root, apart, _BOOT, name, runs=True)
    finally:
        forget = ["unshare", "--mount", "sh", "-c", _FORGET, "sh", name]
        # Its last processes are still ending.
        wait_for(
            lambda: subprocess.run(forget, capture_output=True, check=False).returncode == 0,
            within=30,
            every=0.2,
            message="the end of its processes",
        )


def _held(root: Path, apart: list[str], script: str, *words: str, runs: bool) -> Iterator[Debian]:
    holder = subprocess.Popen(
        ["unshare", *apart, "--fork", "--kill-child", "--propagation", "private",
         "sh", "-c", script, "sh", str(root), *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout
    if holder.stdout.readline() != b"made\n":
        holder.communicate()
        raise AssertionError("no machine could be made")
    made = Debian(root, holder, runs=runs)
    try:
        yield made
    finally:
        made.end()


def wait_booted(made: Debian) -> None:
    """Until systemd has started what starts with the machine."""
    wait_for(
        lambda: (
            made.run("systemctl", "is-system-running", expect=None).strip()
            in ("running", "degraded")
        ),
        within=120,
        every=0.5,
        message="the end of the boot",
    )


def snapshot(root: Path) -> dict[str, tuple[int, ...]]:
    """Every file with its mode, its owner, its size and when it was changed."""
    found: dict[str, tuple[int, ...]] = {}
    for directory, names, files in os.walk(root):
        if Path(directory) == root:
            names[:] = [name for name in names if name not in PASSING]
        for name in (*names, *files):
            path = os.path.join(directory, name)
            seen = os.lstat(path)
            changed = 0 if os.path.isdir(path) else seen.st_mtime_ns
            size = 0 if os.path.isdir(path) else seen.st_size
            found[path] = (seen.st_mode, seen.st_uid, seen.st_gid, size, changed)
    return found


def installed_packages(root: Path) -> int:
    """How many packages are unpacked there."""
    return len(list((root / "var/lib/dpkg/info").glob("*.list")))
