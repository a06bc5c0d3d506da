"""Files that show a bank transfer: what is taken, where it lies, what is handed out."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from signalcast.core.attachments import (
    UnusableFile,
    keep,
    read_attachment,
    read_kept,
    remove_kept,
)
from signalcast.payments.models import Charge, Proof
from signalcast.plans.states import Refused

#: The directory of the home, and files of a charge.
PLACE = "proofs"
MOST = 3


def add_proof(charge: Charge, name: str, body: bytes) -> Proof:
    """Keep a file that shows that CHARGE was paid, and have staff look at it. Raises Refused.

    NAME is what its owner called it. Whether it is a PDF or a picture is told by its content;
    pictures are made anew.
    """
    try:
        taken = read_attachment(name, body)
    except UnusableFile as problem:
        raise Refused(str(problem)) from problem
    proof = Proof(
        charge=charge,
        kind=taken.kind,
        name=taken.name or _("proof"),
        size=taken.size,
        widths=taken.widths,
    )
    keep(PLACE, proof.pk, taken)
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
    return read_kept(PLACE, proof.pk, proof.kind, proof.widths, width=width)


def remove_files(proof: Proof) -> None:
    """Delete what lies in the home of a proof."""
    remove_kept(PLACE, proof.pk, proof.kind, proof.widths)
