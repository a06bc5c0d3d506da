"""Make the static files that browsers get: minified, named after their content, compressed."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.compress import Compressor

from signalcast.core.home import home, subdirectory
from signalcast.core.static_files import MANIFEST, StaticFiles, static_sources

#: Days that files outlive the release they belong to: for pages that are still open, for caches
#: on the way, and for going back.
KEPT_DAYS = 30
SECOND = 1_000_000_000
COMPRESSED = (".br", ".gz")
MINIFIERS = {".css": cssmin, ".js": jsmin}


class CannotCollect(Exception):
    """A static file cannot be served as it is; the text says which one and why."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What was done: files that pages may name, whether they were made anew, files removed."""

    directory: str
    files: int
    made: bool
    removed: int


def collect_static() -> Collected:
    """Bring the static directory to the state of this code, and leave what others may still need.

    Any number of processes may do so at once: one waits for the other. Servers read meanwhile:
    a file appears whole or not at all, and the manifest, which names them, comes last. Raises
    CannotCollect.
    """
    root = Path(settings.STATIC_ROOT)
    with _alone():
        root.mkdir(exist_ok=True)
        root.chmod(0o755)  # a web server in front reads them as somebody else
        before = max(_manifests(root), key=_modified, default=None)
        manifest = root / StaticFiles().manifest_name
        made = not _complete(manifest)
        if made:
            _make(root)
        now = time.time_ns()
        os.utime(manifest, ns=(now, now))
        if before and before != manifest:  # it was in use until now
            os.utime(before, ns=(now - SECOND, now - SECOND))
        return Collected(str(root), len(_named(manifest)), made, _prune(root, manifest))


def is_collected(root: Path) -> bool:
    """Whether all files of this code are below ROOT."""
    return _complete(root / StaticFiles().manifest_name)


def _make(root: Path) -> None:
    """Make all files in a draft, then move them to where they are served from."""
    draft = home() / "static.draft"
    shutil.rmtree(draft, ignore_errors=True)  # of somebody who was killed
    try:
        storage = StaticFiles(location=draft)
        # Plain names first: a file that names another one is only read once that is there.
        found = static_sources()
        for name, source in found.items():
            storage.save(name, ContentFile(_small(*source)))
        drafts = {name: (storage, name) for name in found}
        for name, _hashed, outcome in storage.post_process(drafts):
            if isinstance(outcome, Exception):
                raise CannotCollect(f"{name} cannot be served: {outcome}")
        compressor = Compressor(quiet=True)
        for name in _named(draft / storage.manifest_name):
            if compressor.should_compress(name):
                compressor.compress(str(draft / name))
            for suffix in ("", *COMPRESSED):
                if (draft / (name + suffix)).exists():
                    _move(draft, root, name + suffix)
        _move(draft, root, storage.manifest_name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _small(storage: Any, path: str) -> bytes:
    """A file's bytes, minified where there is a way; what is minified already stays as it is."""
    minify = MINIFIERS.get(Path(path).suffix)
    with storage.open(path) as file:
        content: bytes = file.read()
    if minify is None or ".min." in path:
        return content
    text: str = minify(content.decode())
    return text.encode()


def _move(draft: Path, root: Path, name: str) -> None:
    target = root / name
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    (draft / name).chmod(0o644)
    os.replace(draft / name, target)


def _prune(root: Path, current: Path) -> int:
    """Remove what belongs to releases that ended long ago. Returns how many files."""
    ended = time.time() - KEPT_DAYS * 86_400
    kept = {one for one in _manifests(root) if one == current or _modified(one) > ended}
    names = {name for one in kept for name in _named(one)}
    named = kept | {root / (name + suffix) for name in names for suffix in ("", *COMPRESSED)}
    others = [path for path in root.rglob("*") if path.is_file() and path not in named]
    gone = [path for path in others if _modified(path) < ended]
    for path in gone:
        path.unlink()
    return len(gone)


def _complete(manifest: Path) -> bool:
    return manifest.exists() and all((manifest.parent / one).exists() for one in _named(manifest))


def _named(manifest: Path) -> set[str]:
    return set(json.loads(manifest.read_text())["paths"].values())


def _manifests(root: Path) -> Iterator[Path]:
    return root.glob(MANIFEST.format("*"))


def _modified(path: Path) -> float:
    return path.stat().st_mtime


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until nobody else collects; the kernel ends the turn of who is killed."""
    with (subdirectory("run") / "collectstatic.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
