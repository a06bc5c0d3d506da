"""What the library is kept from, tried in processes of their own: a guard cannot be taken off."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BEFORE = """
import os, socket, subprocess, sys
from signalcast.channels.apprise import guard
guard.enforce()
try:
    {attempt}
except Exception as error:
    print(type(error).__name__)
else:
    print("done")
"""


def attempt(code: str) -> str:
    program = [sys.executable, "-c", BEFORE.format(attempt=code)]
    done = subprocess.run(program, capture_output=True, timeout=30, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "code",
    [
        "subprocess.run(['/bin/true'])",
        "os.system('true')",
        "os.execv('/bin/true', ['true'])",
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "open('/etc/passwd')",
        "open('/proc/self/environ')",
        "os.open('/etc/passwd', os.O_RDONLY)",
        "open(sys.executable + 'x', 'w')",
        "open(os.__file__ + '/../../../../../../../../etc/passwd')",
        "socket.socket(socket.AF_UNIX).connect('/run/x')",
    ],
)
def test_nothing_is_done_on_this_machine(code: str) -> None:
    assert attempt(code) in ("NotAllowed", "NotADirectoryError")


@pytest.mark.parametrize(
    "code",
    [
        "socket.create_connection(('127.0.0.1', 9), 1)",
        "socket.create_connection(('localhost', 9), 1)",
        "socket.socket().connect_ex(('10.0.0.1', 9))",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('169.254.169.254', 9))",
        "socket.socket(socket.AF_INET6).connect(('::1', 9))",
    ],
)
def test_private_addresses_are_closed(code: str) -> None:
    assert attempt(code) == "ClosedAddress"


@pytest.mark.parametrize("code", ["import wave", "open('/etc/hosts')", "open(os.devnull, 'w')"])
def test_what_a_library_needs_is_left(code: str) -> None:
    assert attempt(code) == "done"


def test_a_link_to_a_file_is_judged_by_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")

    assert attempt(f"open({str(tmp_path / 'link')!r})") == "NotAllowed"
