"""The releases of an installation: `releases/NAME`, and `current`, a link to the one that runs."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from signalcast.core.clock import now
from signalcast.core.version import RELEASE_FILE
from signalcast.deploy.release.problems import Refused

#: Finished releases that are kept, the current one and the one before it among them.
KEPT = 5
#: In a finished release: when it was made, and what it took the place of.
RECORD = "release.json"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a release beside its files."""

    made_at: float
    #: The release that it took the place of; empty before it did, and for the first.
    replaced: str = ""


class Release(NamedTuple):
    """A finished release."""

    name: str
    record: Record


class Releases:
    """Those below one directory."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.directory = base / "releases"
        self.link = base / "current"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody else changes releases here. Raises Refused."""
        try:
            self.directory.mkdir(mode=0o755, parents=True, exist_ok=True)
            lock = os.open(self.base / "deploy.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Refused(
                f"{self.base} cannot be written to ({error.strerror}). Run this as its owner, or "
                "name another directory with --base."
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                f"Another release to {self.base} is under way. Wait for its end."
            ) from None
        else:
            yield
        finally:
            os.close(lock)

    def path(self, name: str) -> Path:
        """Where the files of a release are."""
        return self.directory / name

    def current(self) -> str:
        """The name of the release that runs, or is about to; "" before the first."""
        try:
            return Path(os.readlink(self.link)).name
        except OSError:
            return ""

    def finished(self) -> list[Release]:
        """Those that could run, newest first."""
        found = [Release(path.name, record) for path in self._all() if (record := _record(path))]
        return sorted(found, key=lambda one: one.record.made_at, reverse=True)

    def record(self, name: str) -> Record | None:
        """What is kept of a release; None when it is not there or not finished."""
        return _record(self.path(name)) if name else None

    def finish(self, name: str) -> None:
        """From now on it could run."""
        (self.path(name) / RELEASE_FILE).write_text(name + "\n")
        self._write(name, Record(made_at=now().timestamp()))

    def switch(self, name: str, *, replaced: str | None = None) -> None:
        """Make it the current one, at one instant. REPLACED is noted in its record."""
        if replaced is not None and (record := self.record(name)):
            self._write(name, msgspec.structs.replace(record, replaced=replaced))
        fresh = self.base / "current.new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(Path("releases") / name)
        fresh.replace(self.link)

    def clear(self, *, but: str = "") -> list[str]:
        """Remove what an interrupted release left, all BUT one. Returns its names."""
        left = [path.name for path in self._all() if path.name != but and not _record(path)]
        for name in left:
            self.forget(name)
        return left

    def prune(self) -> list[str]:
        """Remove all but the newest, the current one and the one before it. Returns their names."""
        current = self.record(self.current())
        held = {self.current(), current.replaced if current else ""}
        names = [one.name for one in self.finished()]
        others = [name for name in names if name not in held]
        gone = others[max(0, KEPT - len(held & set(names))) :]
        for name in gone:
            self.forget(name)
        return gone

    def forget(self, name: str) -> None:
        """Remove a release, beginning with what says that it could run."""
        path = self.path(name)
        (path / RECORD).unlink(missing_ok=True)
        shutil.rmtree(path, ignore_errors=True)

    def _all(self) -> list[Path]:
        return [path for path in self.directory.glob("*") if path.is_dir()]

    def _write(self, name: str, record: Record) -> None:
        fresh = self.path(name) / f"{RECORD}.new"
        fresh.write_bytes(msgspec.json.encode(record))
        fresh.replace(self.path(name) / RECORD)


def _record(path: Path) -> Record | None:
    try:
        return msgspec.json.decode((path / RECORD).read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return None
