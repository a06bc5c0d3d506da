"""What the pages and the API of jobs share."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from signalcast.ops.jobs.acts import ACTS, Act, act_on
from signalcast.ops.jobs.query import LARGEST_ID
from signalcast.ops.jobs.told import told
from signalcast.portal.access import OPERATORS, signed_in
from signalcast.work.models import Job


def may_act(request: HttpRequest) -> bool:
    """Whether the person may do more than look."""
    return signed_in(request).has_role(*OPERATORS)


def by(request: HttpRequest) -> str:
    """Who the audit log shall name."""
    return signed_in(request).email


def known_act(name: str) -> Act | None:
    """The act of that name."""
    return ACTS.get(name)


def ids_of(texts: list[str]) -> list[int]:
    """The job numbers among TEXTS; what is none is left out."""
    found = (int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 20)
    return sorted({number for number in found if number <= LARGEST_ID})


def act_in_words(act: Act, ids: list[int], *, by: str) -> tuple[int, str]:
    """Do it to these jobs. Returns how many were changed and what to tell whoever asked."""
    count = act_on(act, ids, by=by)
    if count:
        words = done_in_words(act, count)
        if left := len(ids) - count:
            words += " " + ngettext(
                "%(left)d other was no longer in that state.",
                "%(left)d others were no longer in that state.",
                left,
            ) % {"left": left}
        return count, words
    if len(ids) == 1:
        job = Job.objects.filter(pk=ids[0]).defer("arguments").first()
        return 0, told(job) if job else _("There is no job %(id)d.") % {"id": ids[0]}
    return 0, _("Nothing was changed: none of them is in a state that this is for.")


def done_in_words(act: Act, count: int) -> str:
    """What was done, in a sentence."""
    match act.name:
        case "redrive":
            words = ngettext("%(count)d job is due again.", "%(count)d jobs are due again.", count)
        case "cancel":
            words = ngettext(
                "%(count)d job is cancelled, or ends soon where it is in hand.",
                "%(count)d jobs are cancelled, or end soon where they are in hand.",
                count,
            )
        case _:
            words = ngettext("%(count)d job is discarded.", "%(count)d jobs are discarded.", count)
    return words % {"count": count}
