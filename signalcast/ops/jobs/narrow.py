"""A query as conditions, split by what they cost: what one index answers, and the rest."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Lower, Now

from signalcast.core.among import among
from signalcast.ops.jobs.created import created
from signalcast.ops.jobs.query import Query
from signalcast.work.models import Job

#: Where words are looked for, in small letters: MariaDB's `icontains` follows the collation.
TEXTS = ("name", "tags", "error", "parked_reason")
#: What those are that an act can be meant for; no index but the state's is right for all.
UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """CANDIDATES come from one index in the order of their ids; REST is looked up in each row."""

    candidates: QuerySet[Job]
    #: Of all jobs those that the rest of the conditions hold for; None when there is no rest.
    rest: QuerySet[Job] | None
    #: Whether looking reads the arguments, which may be large.
    heavy: bool = False

    def window(self, last: int | None, size: int) -> list[int]:
        """The ids of the next SIZE candidates before LAST, newest first. Read from the index."""
        rows = self.candidates if last is None else self.candidates.filter(pk__lt=last)
        return list(rows.order_by("-pk").values_list("pk", flat=True)[:size])

    def among(self, ids: list[int], most: int | None = None) -> list[int]:
        """Those of the candidates IDS that are meant, newest first, up to MOST.

        By their keys alone: no engine can mistake another index for the better one.
        """
        if self.rest is None:
            return ids[:most]
        rows = self.rest.filter(among(Job, ids)).order_by("-pk").values_list("pk", flat=True)
        return list(rows[:most])


def narrow(query: Query, state: str = "") -> Narrowed:
    """The conditions of QUERY. STATE, if given, stands in for the query's own."""
    state = state or query.state
    index, known = _index(query, state)
    candidates = Job.objects.filter(index & _between(query))
    rest = _rest(query, state, known)
    if rest is None:
        return Narrowed(candidates, None)
    rows = Job.objects.alias(**{f"low_{name}": Lower(name) for name in TEXTS}).filter(rest)
    without = [one for other in query.without for one in other.arguments]
    for at, (path, value) in enumerate([*query.arguments, *without]):
        there: KeyTextTransform | F = F("arguments")
        for key in path:
            there = KeyTextTransform(key, there)
        # Under a name of ours: a key of somebody's is never a lookup of Django's.
        name = f"argument_{at}"
        held = _like(name, value)
        if at >= len(query.arguments):
            # Of what is not there SQL knows neither that it is so nor that it is not.
            held = ~held | Q(**{f"{name}__isnull": True})
        rows = rows.alias(**{name: Cast(there, TextField())}).filter(held)
    return Narrowed(candidates, rows, heavy=bool(query.arguments or without))


def _index(query: Query, state: str) -> tuple[Q, frozenset[str]]:
    """The condition with the best index, and which questions it settles."""
    if query.id is not None:
        return Q(pk=query.id), frozenset({"id"})
    exact = bool(query.name) and not query.name.endswith("*")
    match state:
        case "parked":
            return Q(parked_at__isnull=False), frozenset({"state"})
        case "in-hand":
            return Q(leased_until__isnull=False), frozenset({"state"})
        case "waiting":
            return Q(due__isnull=False, due__lte=Now()), frozenset({"state"})
        case "later":
            return Q(due__isnull=False, due__gt=Now()), frozenset({"state"})
        case "failing":
            return Q(due__isnull=False, tries__gt=0), frozenset({"state"})
        case "":
            pass
        case _:
            column = Q(state=Job.State.WAITING if state == UNFINISHED else state)
            if exact:
                return column & Q(name=query.name), frozenset({"state", "name"})
            return column, frozenset({"state"})
    if exact:
        return Q(name=query.name), frozenset({"name"})
    if query.queue is not None:
        return Q(queue=query.queue), frozenset({"queue"})
    return Q(), frozenset()


def _between(query: Query) -> Q:
    """Ids are made in the order of time: times become ids, and need no index."""
    condition = Q()
    if query.after:
        condition &= Q(pk__gte=created(query.after, early=True))
    if query.before:
        condition &= Q(pk__lt=created(query.before, early=False))
    return condition


def _rest(query: Query, state: str, known: frozenset[str]) -> Q | None:
    """What the index leaves open; None when that is nothing."""
    parts = _parts(query, state, known)
    for one in query.without:
        parts += [~part for part in _parts(one, one.state, frozenset())]
    if not parts and not any(one.arguments for one in (query, *query.without)):
        return None
    whole = Q()
    for part in parts:
        whole &= part
    return whole


def _parts(query: Query, state: str, known: frozenset[str]) -> list[Q]:
    """The conditions that are not KNOWN to hold, but for those on arguments."""
    parts: list[Q] = []
    if query.id is not None and "id" not in known:
        parts.append(Q(pk=query.id))
    if state and "state" not in known:
        parts.append(_index(Query(), state)[0])
    if query.name and "name" not in known:
        parts.append(_like("name", query.name))
    if query.queue is not None and "queue" not in known:
        parts.append(Q(queue=query.queue))
    parts += [_tagged(tag) for tag in query.tags]
    if query.error:
        parts.append(_says(query.error, ("error", "parked_reason")))
    if query.after:
        parts.append(Q(created_at__gte=query.after))
    if query.before:
        parts.append(Q(created_at__lt=query.before))
    return parts + [_said(word) for word in query.words]


def _like(column: str, value: str) -> Q:
    if value.endswith("*"):
        return Q(**{f"{column}__startswith": value[:-1]})
    return Q(**{column: value})


def _tagged(tag: str) -> Q:
    if tag.endswith("*"):
        begins = tag[:-1]
        return Q(tags__startswith=begins) | Q(tags__contains=f" {begins}")
    return (
        Q(tags=tag)
        | Q(tags__startswith=f"{tag} ")
        | Q(tags__endswith=f" {tag}")
        | Q(tags__contains=f" {tag} ")
    )


def _says(words: str, columns: tuple[str, ...]) -> Q:
    condition = Q()
    for column in columns:
        condition |= Q(**{f"low_{column}__contains": words.lower()})
    return condition


def _said(word: str) -> Q:
    said = _says(word, TEXTS)
    if word.isascii() and word.isdigit() and len(word) < 19:
        said |= Q(pk=int(word))
    return said
