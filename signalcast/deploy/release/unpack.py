"""From an archive, or a source tree, to the files of a release."""

from __future__ import annotations

import hashlib
import re
import shutil
import tarfile
from collections.abc import Iterator
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
                    archive.extract(member.replace(name=inner, deep=False), target, filter="data")
    if not (target / BOOTSTRAP).exists():
        raise Refused(f"{source} is no release of Signalcast: it has no {BOOTSTRAP}.")


def _opened(source: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(source)
    except (OSError, tarfile.TarError) as error:
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
