"""Files that show a bank transfer: what is taken, where it lies, what is handed out."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from signalcast.core.home import subdirectory
from signalcast.core.images import PICTURES, UnusablePicture, kind_of, reencode
from signalcast.core.printable import printable
from signalcast.payments.models import Charge, Proof
from signalcast.plans.states import Refused

#: Bytes of a file, and files of a charge.
LARGEST = 5 * 1024 * 1024
MOST = 3
#: What a stored kind is served as.
TYPES = {"pdf": "application/pdf", "webp": "image/webp"}


def add_proof(charge: Charge, name: str, body: bytes) -> Proof:
    """Keep a file that shows that CHARGE was paid, and have staff look at it. Raises Refused.

    NAME is what its owner called it. Whether it is a PDF or a picture is told by its content;
    pictures are made anew.
    """
    if not body:
        raise Refused(_("The file is empty. Choose another one."))
    if len(body) > LARGEST:
        raise Refused(_("The file is larger than 5 MB. Choose a smaller one."))
    kind = kind_of(body)
    if kind not in (*PICTURES, "pdf"):
        raise Refused(_("Only PDF, PNG, JPEG and WebP files will do. Choose another one."))
    proof = Proof(charge=charge, name=printable(name, 100) or _("proof"), size=len(body))
    if kind == "pdf":
        proof.kind, files = "pdf", {"": body}
    else:
        try:
            pictures = reencode(body)
        except UnusablePicture as problem:
            raise Refused(str(problem)) from problem
        proof.kind = "webp"
        proof.widths = " ".join(str(one.width) for one in pictures)
        files = {f"-{one.width}": one.body for one in pictures}
    for end, content in files.items():
        _write(_path(proof, end), content)
    try:
        with transaction.atomic():
            _keep(charge.pk, proof)
    except Refused:
        remove_files(proof)
        raise
    return proof


def _keep(charge: UUID, proof: Proof) -> None:
    found = Charge.objects.select_for_update().get(pk=charge)
    if found.state not in (Charge.State.OPEN, Charge.State.REVIEW):
        raise Refused(_("Nothing is to be shown any more: look at the payment."))
    if found.proofs.count() >= MOST:
        raise Refused(
            _("There are %d files already. Wait until somebody has looked at them.") % MOST
        )
    proof.save(force_insert=True)
    found.state = Charge.State.REVIEW
    found.save(update_fields=["state"])


def read_proof(proof: Proof, *, width: int = 0) -> bytes:
    """The content: of a picture the narrowest variant of WIDTH at least, else the widest.

    Raises FileNotFoundError where the home has lost it.
    """
    widths = sorted(map(int, proof.widths.split()))
    if not widths:
        return _path(proof, "").read_bytes()
    fits = next((one for one in widths if width and one >= width), widths[-1])
    return _path(proof, f"-{fits}").read_bytes()


def remove_files(proof: Proof) -> None:
    """Delete what lies in the home of a proof."""
    for end in [f"-{width}" for width in proof.widths.split()] or [""]:
        _path(proof, end).unlink(missing_ok=True)


def _path(proof: Proof, end: str) -> Path:
    return subdirectory("proofs") / f"{proof.pk}{end}.{proof.kind}"


def _write(path: Path, body: bytes) -> None:
    """A whole file or none, for nobody else to read."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(body)
    os.replace(draft.name, path)
