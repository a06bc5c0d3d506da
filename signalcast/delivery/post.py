"""Make a revision something to deliver."""

from __future__ import annotations

from signalcast.delivery.models import Post
from signalcast.signals.content import TYPES, content
from signalcast.signals.revise import Revised
from signalcast.signals.states import RevisionKind


def post(revised: Revised) -> Post:
    """Store the post of a revision, with its content as every channel will render it."""
    signal, revision = revised.signal, revised.revision
    kind = RevisionKind(revision.kind)
    return Post.objects.create(
        feed=signal.feed,
        revision=revision,
        signal=signal,
        number=revision.number,
        type=TYPES[kind],
        data=content(signal, revision, revised.targets),
        # Only a new one goes stale: whoever is in has to hear how to get out.
        valid_until=revision.valid_until if kind is RevisionKind.NEW else None,
    )
