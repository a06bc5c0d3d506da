"""Read one line that says which jobs are meant: qualifiers, and plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from signalcast.ops.logs.wanted import WrongTime, moment
from signalcast.pipeline import Queue

#: How a job can stand, as people and the columns tell it.
STATES = ("waiting", "later", "in-hand", "parked", "failing", "done", "cancelled", "discarded")
#: Other words for some of them.
ALIASES = {"hand": "in-hand", "running": "in-hand", "failed": "failing"}
QUALIFIERS = ("state", "name", "queue", "tag", "arg.NAME", "error", "id", "after", "before")
#: What says the opposite of a time.
TURNED = {"after": "before", "before": "after"}
#: Characters of a line, and conditions in it, that are read.
LONGEST, MOST = 500, 20
LARGEST_ID = 2**63 - 1

_TOKEN = re.compile(r'\s*(?:(?P<key>[^\s":]+):)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]*))')
_ARGUMENT = re.compile(r"arg((?:\.[\w-]{1,60}){1,4})")


class WrongQuery(ValueError):
    """The line cannot be read; the text says why and what there is."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a line says. Empty members leave their question open."""

    text: str = ""
    state: str = ""
    #: A name, a tag or an argument's value that ends with `*` stands for all that begin so.
    name: str = ""
    queue: Queue | None = None
    tags: tuple[str, ...] = ()
    #: Where in the arguments, and the value there as text.
    arguments: tuple[tuple[tuple[str, ...], str], ...] = ()
    error: str = ""
    id: int | None = None
    after: datetime | None = None
    before: datetime | None = None
    words: tuple[str, ...] = ()
    #: One condition each: a job that one of them holds for is not meant.
    without: tuple[Query, ...] = ()


@dataclass(slots=True)
class _Read:
    single: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    arguments: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    without: list[Query] = field(default_factory=list)


def read_query(text: str) -> Query:
    """The query that TEXT spells, as in `state:parked -name:prune* "time out"`. Or WrongQuery."""
    # No database takes a zero byte, or bytes of a shell that are no characters.
    text = " ".join(text.replace("\0", " ").encode(errors="replace").decode().split())
    if len(text) > LONGEST:
        raise WrongQuery(_("A search has %(most)d characters at most.") % {"most": LONGEST})
    if text.count('"') % 2:
        raise WrongQuery(_('A quotation mark is missing: write error:"time out".'))
    read = _Read()
    tokens = _tokens(text)
    if len(tokens) > MOST:
        raise WrongQuery(_("A search has %(most)d conditions at most.") % {"most": MOST})
    for key, value in tokens:
        _take(read, key, value)
    return _query(text, read)


def _query(text: str, read: _Read) -> Query:
    single = read.single
    return Query(
        text=text,
        state=_state(single["state"]) if "state" in single else "",
        name=single.get("name", ""),
        queue=_queue_of(single["queue"]) if "queue" in single else None,
        tags=tuple(read.tags),
        arguments=tuple(read.arguments),
        error=single.get("error", ""),
        id=read_id(single["id"]) if "id" in single else None,
        after=_time("after", single["after"]) if "after" in single else None,
        before=_time("before", single["before"]) if "before" in single else None,
        words=tuple(read.words),
        without=tuple(read.without),
    )


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None or token.end() == position:
            raise WrongQuery(
                _('It cannot be read from here on: "%(rest)s".')
                % {"rest": text[position : position + 40]}
            )
        value = token["quoted"] if token["quoted"] is not None else token["bare"]
        if token["key"] is None and (token["bare"] or "").startswith("-"):
            raise WrongQuery(
                _(
                    "A minus goes before a qualifier, as in -name:prune*. A word that begins with "
                    "one goes into quotation marks."
                )
            )
        found.append((token["key"] or "", value))
        position = token.end()
    return found


def _take(read: _Read, key: str, value: str) -> None:
    if key and not value:
        raise WrongQuery(_("Nothing stands after %(key)s Write a value.") % {"key": f"{key}:"})
    argument = _ARGUMENT.fullmatch(key)
    if not key:
        read.words.append(value)
    elif key[0] == "-" and key[1:2].isalpha():
        read.without.append(_without(key[1:], value))
    elif argument:
        read.arguments.append((tuple(argument[1][1:].split(".")), value))
    elif key == "tag":
        read.tags.append(value)
    elif key not in QUALIFIERS:
        raise WrongQuery(
            _(
                "There is no qualifier %(key)s. There are: %(known)s. Words with a colon go into "
                "quotation marks."
            )
            % {"key": f"{key}:", "known": ", ".join(QUALIFIERS)}
        )
    elif key in read.single:
        raise WrongQuery(_("%(key)s can stand only once.") % {"key": f"{key}:"})
    else:
        read.single[key] = value


def _without(key: str, value: str) -> Query:
    """The one condition that must not hold."""
    if key in TURNED:
        raise WrongQuery(
            _("%(key)s has no opposite of its own: write %(other)s instead.")
            % {"key": f"-{key}:", "other": f"{TURNED[key]}:"}
        )
    read = _Read()
    _take(read, key, value)
    return _query("", read)


def _state(value: str) -> str:
    value = ALIASES.get(value.lower(), value.lower())
    if value not in STATES:
        raise WrongQuery(
            _("There is no state %(value)s. There are: %(known)s.")
            % {"value": value, "known": ", ".join(STATES)}
        )
    return value


def _queue_of(value: str) -> Queue:
    known = {queue.label: queue for queue in Queue}
    if value.lower() not in known:
        raise WrongQuery(
            _("There is no queue %(value)s. There are: %(known)s.")
            % {"value": value, "known": ", ".join(known)}
        )
    return known[value.lower()]


def read_id(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= LARGEST_ID):
        raise WrongQuery(_("%(value)s is no job's number.") % {"value": value})
    return int(value)


def _time(key: str, value: str) -> datetime:
    try:
        found = moment(value)
        # What has no zone is UTC, as everywhere here; what no calendar holds raises.
        return found.astimezone(UTC)
    except (WrongTime, ValueError, OverflowError):
        raise WrongQuery(
            _("%(key)s cannot be read. Write 10m, 2h, 7d, 2026-12-01 or 2026-12-01T08:00 (UTC).")
            % {"key": f"{key}:{value}"}
        ) from None
