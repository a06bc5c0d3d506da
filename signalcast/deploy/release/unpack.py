"""From an archive, or a source tree, to the files of a release."""

from __future__ import annotations

import hashlib
import lzma
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signalcast.deploy.release.problems import Refused

#: What a working tree has and a release does not need.
LEFT_OUT = (
    ".git",
    ".venv",
    ".env",
    "var",
    "node_modules",
    "__pycache__",
    ".*_cache",
    ".hypothesis",
)
#: What every release has: its version, and what installs it.
VERSION, BOOTSTRAP = Path("signalcast/__init__.py"), Path("tools/bootstrap.py")
#: Bytes that an installed environment takes, and a bit.
ENVIRONMENT_ROOM = 400_000_000


def name_of(source: Path) -> str:
    """What the release is called: its version, and a digest of all that it has. Raises Refused."""
    digest = hashlib.sha256()
    if source.is_dir():
        for file in _files(source):
            digest.update(str(file.relative_to(source)).encode() + b"\0" + file.read_bytes())
        version = _version((source / VERSION).read_text() if (source / VERSION).exists() else "")
    else:
        with _opened(source) as archive:
            above = _above(archive)
            stored = archive.extractfile(f"{above}{VERSION}") if above is not None else None
            version = _version(stored.read().decode() if stored is not None else "")
        digest.update(source.read_bytes())
    if not version:
        raise Refused(
            f"{source} is no release of Signalcast: it has no {VERSION}. Give an archive as "
            "`git archive` makes it, or a source tree."
        )
    return f"{version}-{digest.hexdigest()[:10]}"


def room_for(source: Path) -> int:
    """Bytes that the release will take at most."""
    if source.is_dir():
        return ENVIRONMENT_ROOM + sum(file.stat().st_size for file in _files(source))
    with _opened(source) as archive:
        return ENVIRONMENT_ROOM + sum(member.size for member in archive)


def unpack(source: Path, target: Path) -> None:
    """Write the files below TARGET, which must not be there. Raises Refused or OSError."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    else:
        target.mkdir(mode=0o755)
        with _opened(source) as archive:
            above = _above(archive) or ""
            for member in archive:
                inner = member.name.removeprefix(above)
                if inner and member.name.startswith(above):
                    _extract(archive, member, target, target / inner)
    if not (target / BOOTSTRAP).exists():
        raise Refused(f"{source} is no release of Signalcast: it has no {BOOTSTRAP}.")


# The filters that the standard library has for this came with Python 3.11.4; Debian 12 has 3.11.2.
def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path, path: Path) -> None:
    """Write one file, link or directory of an archive below TARGET, and nothing that leads out.

    Raises Refused or OSError.
    """
    named = path.parent / member.linkname if member.issym() else path
    # Links on the way were written before, and count.
    if not all(one.resolve().is_relative_to(target.resolve()) for one in (path.parent, named)):
        raise Refused(f"The archive has {member.name}, which leads out of it. Nothing was changed.")
    if member.isdir():
        path.mkdir(parents=True, exist_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if member.issym():
        path.symlink_to(member.linkname)
    elif stored := archive.extractfile(member):
        with path.open("xb") as file:
            shutil.copyfileobj(stored, file)
        path.chmod(0o755 if member.mode & 0o100 else 0o644)
        os.utime(path, (member.mtime, member.mtime))
    else:
        raise Refused(f"The archive has {member.name}, which is no file. Nothing was changed.")


@contextmanager
def _opened(source: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(source) as archive:
            yield archive
            # The sum that tells what was changed stands at the end, behind what a tar ends with.
            while archive.fileobj.read(1_000_000):
                pass
    # What is cut off or damaged is found while reading, by one of the modules that read.
    except (tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError, KeyError) as error:
        # The disk that it is written to may also be full. Bad contents have no number.
        if isinstance(error, OSError) and error.errno and error.filename != str(source):
            raise
        raise Refused(f"{source} cannot be read as an archive: {error}") from None


def _above(archive: tarfile.TarFile) -> str | None:
    """What stands before every path of the tree in an archive; None where there is no tree."""
    paths = [name for name in archive.getnames() if f"/{name}".endswith(f"/{VERSION}")]
    return min(paths, key=len).removesuffix(str(VERSION)) if paths else None


def _files(source: Path) -> Iterator[Path]:
    ignored = shutil.ignore_patterns(*LEFT_OUT)
    waiting = [source]
    while waiting:
        directory = waiting.pop()
        names = sorted(path.name for path in directory.iterdir())
        left_out = ignored(str(directory), names)
        for path in (directory / name for name in names if name not in left_out):
            if path.is_dir() and not path.is_symlink():
                waiting.append(path)
            elif path.is_file():
                yield path


def _version(text: str) -> str:
    found = re.search(r'^__version__ = "([A-Za-z0-9.+-]+)"', text, re.MULTILINE)
    return found[1] if found else ""
