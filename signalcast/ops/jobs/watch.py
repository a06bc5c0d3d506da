"""Keep a search in view, or no longer."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from signalcast.accounts.audit import audit
from signalcast.ops.jobs.query import WrongQuery, read_query
from signalcast.ops.jobs.watched import MOST
from signalcast.ops.queues.models import LONGEST_NAME, WatchedSearch


class NotWatched(ValueError):
    """It cannot be watched; the text says why and what to do."""


def watch(name: str, text: str, *, by: str) -> WatchedSearch:
    """Show the search TEXT under NAME to everybody from now on. Raises NotWatched."""
    name = " ".join(name.replace("\0", " ").split())
    try:
        query = read_query(text)
    except WrongQuery as problem:
        raise NotWatched(str(problem)) from None
    if not query.text:
        raise NotWatched(_("The search is empty. Find something, then watch it."))
    if not 0 < len(name) <= LONGEST_NAME:
        raise NotWatched(_("Give it a name of 1 to %(most)d characters.") % {"most": LONGEST_NAME})
    try:
        with transaction.atomic():
            # Who watches another one at this moment waits here, and then counts this one too.
            list(WatchedSearch.objects.select_for_update().order_by("pk"))
            if WatchedSearch.objects.count() >= MOST:
                told = _("%(most)d searches are watched, and that is all there can be. Stop one.")
                raise NotWatched(told % {"most": MOST})
            row = WatchedSearch.objects.create(name=name, query=query.text, by=by)
            audit("searches.watched", by=by, target=name, query=query.text)
    except IntegrityError:
        told = _("A search called %(name)s is watched already. Choose another name.")
        raise NotWatched(told % {"name": name}) from None
    return row


def unwatch(pk: int, *, by: str) -> str:
    """Watch it no longer. Returns its name; empty when somebody else was faster."""
    with transaction.atomic():
        row = WatchedSearch.objects.filter(pk=pk).first()
        if row is None or not WatchedSearch.objects.filter(pk=pk).delete()[0]:
            return ""
        audit("searches.unwatched", by=by, target=row.name, query=row.query)
    return row.name
