"""Files from people: what is taken, where it lies in the home, what is handed out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext as _

from signalcast.core.home import subdirectory
from signalcast.core.images import PICTURES, UnusablePicture, kind_of, reencode
from signalcast.core.printable import printable

#: Bytes of a file.
LARGEST = 5 * 1024 * 1024
#: What a stored kind is served as.
TYPES = {"pdf": "application/pdf", "webp": "image/webp", "txt": "text/plain; charset=utf-8"}
#: Control characters that plain text has.
SPACES = "\t\n\r"


class UnusableFile(ValueError):
    """A file that is not taken; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it is kept: a picture in several widths, everything else as it came."""

    #: `pdf`, `txt`, or `webp` for every picture.
    kind: str
    #: As its owner called it, for people.
    name: str
    #: Bytes, as it came.
    size: int
    #: Of the picture's variants, widest first, separated by spaces; empty for others.
    widths: str
    #: Contents by how the names of their files end.
    files: Mapping[str, bytes]


def read_attachment(name: str, body: bytes, *, takes_text: bool = False) -> Attachment:
    """What is kept of a file that its owner calls NAME. Raises UnusableFile.

    What it is, is told by its content. Pictures are made anew.
    """
    if not body:
        raise UnusableFile(_("The file is empty. Choose another one."))
    if len(body) > LARGEST:
        raise UnusableFile(_("The file is larger than 5 MB. Choose a smaller one."))
    called, kind = printable(name, 100), kind_of(body)
    if kind in PICTURES:
        try:
            pictures = reencode(body)
        except UnusablePicture as problem:
            raise UnusableFile(str(problem)) from problem
        widths = " ".join(str(one.width) for one in pictures)
        files = {f"-{one.width}": one.body for one in pictures}
        return Attachment("webp", called, len(body), widths, files)
    if kind == "pdf":
        return Attachment("pdf", called, len(body), "", {"": body})
    if not takes_text:
        raise UnusableFile(_("Only PDF, PNG, JPEG and WebP files will do. Choose another one."))
    if not _is_text(body):
        raise UnusableFile(
            _("Only PDF, PNG, JPEG, WebP and plain text files will do. Choose another one.")
        )
    return Attachment("txt", called, len(body), "", {"": body})


def _is_text(body: bytes) -> bool:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return all(c.isprintable() or c in SPACES for c in text)


def keep(place: str, key: UUID, attachment: Attachment) -> None:
    """Write what KEY names below PLACE of the home, for nobody else to read."""
    for end, content in attachment.files.items():
        _write(_path(place, key, end, attachment.kind), content)


def read_kept(place: str, key: UUID, kind: str, widths: str, *, width: int = 0) -> bytes:
    """The content: of a picture the narrowest variant of WIDTH at least, else the widest.

    Raises FileNotFoundError where the home has lost it.
    """
    found = sorted(map(int, widths.split()))
    if not found:
        return _path(place, key, "", kind).read_bytes()
    fits = next((one for one in found if width and one >= width), found[-1])
    return _path(place, key, f"-{fits}", kind).read_bytes()


def remove_kept(place: str, key: UUID, kind: str, widths: str) -> None:
    """Delete what lies in the home under KEY."""
    for end in [f"-{width}" for width in widths.split()] or [""]:
        _path(place, key, end, kind).unlink(missing_ok=True)


def _path(place: str, key: UUID, end: str, kind: str) -> Path:
    return subdirectory(place) / f"{key}{end}.{kind}"


def _write(path: Path, body: bytes) -> None:
    """A whole file or none."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(body)
    os.replace(draft.name, path)
