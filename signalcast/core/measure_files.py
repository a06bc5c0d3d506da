"""The files that processes count in: made with room, and merged once their process is dead.

prometheus-client maps its files into memory and makes them longer without asking for room: on a
full disk the next count would kill the process (SIGBUS). So their blocks are asked for first, and
asking may fail.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from signalcast.core.process import is_alive

#: Bytes that a new file has, and that are left in it before it gets another label value.
ROOM = {"counter": 65_536, "histogram": 262_144}
LEFT = 32_768
#: The process id under which the counts of dead processes are kept: nobody has it.
NOBODY = 0


def reserve(directory: Path, kind: str) -> None:
    """Make sure that this process's file of a KIND has room. Raises OSError where there is none."""
    path = directory / f"{kind}_{os.getpid()}.db"
    if not path.exists():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(path, ROOM[kind])
        return
    with path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        if _used(file.read(4)) + LEFT > size:
            os.posix_fallocate(file.fileno(), 0, 2 * size)


@contextmanager
def reading(directory: Path) -> Iterator[None]:
    """Within the block no file is merged away. Raises OSError."""
    with _locked(directory, fcntl.LOCK_SH):
        yield


def merge_dead(directory: Path) -> int:
    """Add what dead processes counted to one file, and remove theirs. Returns how many those were.

    Without this a process that is started again and again would leave files for ever. Gives way to
    whoever does it already.
    """
    if not any(_dead(directory)):
        return 0
    try:
        with _locked(directory, fcntl.LOCK_EX | fcntl.LOCK_NB):
            merged = 0
            for kind in ROOM:
                files = [path for path in _dead(directory) if path.name.startswith(f"{kind}_")]
                if files:
                    _merge(directory / f"{kind}_{NOBODY}.db", files)
                merged += len(files)
            return merged
    except BlockingIOError:
        return 0


def forget_dead(directory: Path) -> None:
    """Begin anew: remove what dead processes left, and what was kept of them."""
    with suppress(OSError):
        for path in [*_dead(directory), *directory.glob(f"*_{NOBODY}.db")]:
            path.unlink()


@contextmanager
def _locked(directory: Path, how: int) -> Iterator[None]:
    with (directory / "lock").open("a") as file:
        fcntl.flock(file, how)
        yield


def _dead(directory: Path) -> Iterator[Path]:
    for path in directory.glob("*_*.db"):
        pid = path.stem.rpartition("_")[2]
        if pid.isdigit() and int(pid) != NOBODY and not is_alive(int(pid)):
            yield path


def _merge(kept: Path, files: list[Path]) -> None:
    from prometheus_client.mmap_dict import MmapedDict

    values: dict[str, float] = defaultdict(float)
    size = LEFT
    for path in [kept, *files]:
        if path.exists():
            size = max(size, path.stat().st_size)
            with suppress(RuntimeError, struct.error):  # cut off by a crash of the machine
                for key, value, *_ in MmapedDict.read_all_values_from_file(path):  # type: ignore[no-untyped-call]
                    values[key] += value
    draft = kept.with_suffix(".new")
    draft.unlink(missing_ok=True)
    _make(draft, max(size, LEFT + sum(len(key.encode()) + 32 for key in values)))
    merged = MmapedDict(str(draft))  # type: ignore[no-untyped-call]
    for key, value in values.items():
        merged.write_value(key, value, 0.0)  # type: ignore[no-untyped-call]
    merged.close()  # type: ignore[no-untyped-call]
    draft.replace(kept)
    for path in files:
        path.unlink()


def _make(path: Path, size: int) -> None:
    """A file of zeros whose blocks exist, in place at once."""
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        with draft.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def _used(head: bytes) -> int:
    return int(struct.unpack("i", head)[0]) if len(head) == 4 else 0
