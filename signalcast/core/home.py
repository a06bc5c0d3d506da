"""Where an installation keeps its files. Everything below one directory, nothing outside it."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from pathlib import Path

from signalcast.core.env import environment

#: The name of the process manager's socket.
MANAGER_SOCKET = "supervisor.sock"
#: A unix socket's path may have about 107 bytes; ours add up to 17 to the directory's.
LONGEST_SOCKET_DIRECTORY = 90


def home() -> Path:
    """The home directory, made at the first call and readable by its owner alone."""
    path = Path(environment().home)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def subdirectory(name: str) -> Path:
    """A directory of the home (`run`, `log`, `valkey`), made when missing."""
    path = home() / name
    if not path.is_dir():
        path.mkdir(mode=0o700, exist_ok=True)
        _give_to_owner(path)
    return path


def _give_to_owner(path: Path) -> None:
    """What root makes in somebody's home is theirs, or their processes could not use it."""
    whose = path.parent.stat()
    if os.geteuid() == 0 and whose.st_uid:
        os.chown(path, whose.st_uid, whose.st_gid)


def socket_directory() -> Path:
    """Where unix sockets live: `run` in the home, or below the runtime directory when too long."""
    path = subdirectory("run")
    if len(os.fsencode(path)) <= LONGEST_SOCKET_DIRECTORY:
        return path
    digest = hashlib.sha256(os.fsencode(home())).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"signalcast-{os.getuid()}-{digest}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.stat().st_uid != os.getuid():
        raise PermissionError(f"{short} belongs to somebody else")
    return short


def manager_socket() -> Path:
    """Where the process manager listens."""
    return socket_directory() / MANAGER_SOCKET


def valkey_socket() -> Path:
    """Where the Valkey server of the home is reached."""
    return socket_directory() / "valkey.sock"


def make_private(path: Path) -> None:
    """Make a file that is not there yet, for the owner of its directory alone."""
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        _give_to_owner(path)


def secret_file(name: str, *, make: str | None = None) -> str:
    """The text of a secret kept in the home; made once, whoever comes first.

    `make` is the text to store at the first call; a random one when not given.
    """
    path = home() / name
    if not path.exists():
        # A link to a finished file: another process sees the whole secret or none.
        with tempfile.NamedTemporaryFile("w", dir=home(), delete=False) as draft:
            draft.write(make or secrets.token_urlsafe(48))
        _give_to_owner(Path(draft.name))
        try:
            os.link(draft.name, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft.name)
    return path.read_text().strip()
