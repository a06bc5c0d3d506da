"""Files of tickets: what is taken, where it lies, what is handed out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.utils.translation import gettext as _

from signalcast.core.attachments import (
    Attachment,
    UnusableFile,
    keep,
    read_attachment,
    read_kept,
    remove_kept,
)
from signalcast.support.limits import MOST_BYTES, MOST_FILES
from signalcast.support.models import TicketFile
from signalcast.support.states import Refused

#: The directory of the home.
PLACE = "tickets"


class Given(NamedTuple):
    """A file as somebody sent it."""

    name: str
    body: bytes


@contextmanager
def kept(given: Sequence[Given]) -> Iterator[list[TicketFile]]:
    """Rows without a message whose files lie in the home; none do when the block fails.

    Raises Refused.
    """
    rows: list[TicketFile] = []
    try:
        for taken in _taken(given):
            name = taken.name or _("file")
            row = TicketFile(kind=taken.kind, name=name, size=taken.size, widths=taken.widths)
            rows.append(row)
            keep(PLACE, row.pk, taken)
        yield rows
    except BaseException:
        for row in rows:
            remove_file(row)
        raise


def _taken(given: Sequence[Given]) -> list[Attachment]:
    if len(given) > MOST_FILES:
        raise Refused(_("Choose %d files at most.") % MOST_FILES)
    if sum(len(one.body) for one in given) > MOST_BYTES:
        raise Refused(_("Together the files are larger than 9 MB. Choose smaller ones."))
    try:
        return [read_attachment(one.name, one.body, takes_text=True) for one in given]
    except UnusableFile as problem:
        raise Refused(str(problem)) from problem


def read_file(file: TicketFile, *, width: int = 0) -> bytes:
    """The content: of a picture the narrowest variant of WIDTH at least, else the widest.

    Raises FileNotFoundError where the home has lost it.
    """
    return read_kept(PLACE, file.pk, file.kind, file.widths, width=width)


def remove_file(file: TicketFile) -> None:
    """Delete what lies in the home of a file."""
    remove_kept(PLACE, file.pk, file.kind, file.widths)
