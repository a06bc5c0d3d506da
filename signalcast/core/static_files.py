"""Static files under names made of their content: browsers keep them for ever, pages find theirs.

Each state of the code has a manifest of its own, so that two releases can share one directory:
a page always names the files that its own code was written with. Where nobody has collected them
(a test, a checkout that was just changed), plain names are served from the packages.
"""

from __future__ import annotations

import hashlib
from fnmatch import fnmatch
from importlib.metadata import version
from typing import Any

from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

MANIFEST = "manifest-{}.json"
#: What packages bring along and no page names: making it small takes seconds of a first start.
UNUSED = (
    "admin/css/*",
    "admin/img/*",
    "admin/js/vendor/*",
    "django_htmx/ext/*",
    "django_htmx/htm*-4*",
    "django_htmx/htmx-2.js",
)


def static_sources() -> dict[str, tuple[Any, str]]:
    """Every static file that pages may name, by its name: its storage and path there."""
    found: dict[str, tuple[Any, str]] = {}
    for finder in get_finders():
        for path, storage in finder.list(None):
            prefix = getattr(storage, "prefix", "")
            name = f"{prefix}/{path}" if prefix else path
            if not any(fnmatch(name, pattern) for pattern in UNUSED):
                found.setdefault(name, (storage, path))
    return found


def manifest_name() -> str:
    """The name of the manifest that belongs to this code, made of all that goes into its files."""
    digest = hashlib.sha256()
    for package in ("django", "rcssmin", "rjsmin"):
        digest.update(f"{package} {version(package)}\0".encode())
    for name, (storage, path) in sorted(static_sources().items()):
        with storage.open(path) as file:
            digest.update(f"{name}\0".encode() + hashlib.sha256(file.read()).digest())
    return MANIFEST.format(digest.hexdigest()[:16])


class StaticFiles(ManifestStaticFilesStorage):
    """Names by the manifest of this code, or plain ones while it has none."""

    support_js_module_import_aggregation = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.manifest_name = manifest_name()
        super().__init__(*args, **kwargs)

    def stored_name(self, name: str) -> str:
        """The name under which a file is served."""
        return str(super().stored_name(name)) if self.hashed_files else name
