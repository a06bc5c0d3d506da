"""Reads what the typed door was sent: one signal, an array of them, or one a line."""

from __future__ import annotations

import re
from http import HTTPStatus

import msgspec
from django.utils.translation import gettext as _

from signalcast.intake.check import check
from signalcast.intake.problems import FieldError, Problem
from signalcast.intake.typed import FIELDS, TypedSignal, decode

JSON = "application/json"
NDJSON = "application/x-ndjson"

#: A signal, or everything that is wrong with it.
Item = TypedSignal | list[FieldError]

_NUMBERS = {"entries", "stop_loss", "price", "share", "leverage"}
_CHOICES = {
    "action": "update, close, cancel",
    "side": "buy, sell",
    "order_type": "market, limit, stop",
}
_as_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_as_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read_signals(body: bytes, *, content_type: str, most: int) -> tuple[list[Item], bool]:
    """The items in BODY, and whether it is a list of them.

    Raises Problem when there are none, more than MOST, or no list can be made out.
    """
    if content_type == NDJSON:
        pieces = [line for line in body.split(b"\n") if line and not line.isspace()]
    elif body[:1] == b"{" or body.lstrip()[:1] != b"[":
        return [read_signal(body)], False
    else:
        try:
            pieces = [bytes(raw) for raw in _as_array(body)]
        except _UNREADABLE as error:
            raise _unprocessable(_unreadable(error)) from None
    if not pieces:
        raise _unprocessable(FieldError("", _("there is no signal in it")))
    if len(pieces) > most:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            _("%(count)d signals in one request, and %(most)d is the limit.")
            % {"count": len(pieces), "most": most},
        )
    return [read_signal(piece) for piece in pieces], True


def read_signal(text: bytes) -> Item:
    """One signal, or everything that is wrong with it."""
    try:
        signal = decode(text)
    except _UNREADABLE:
        return _explain(text)
    return check(signal) or signal


def _unprocessable(error: FieldError) -> Problem:
    return Problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, _("The request could not be read."), errors=[error]
    )


def _explain(text: bytes) -> list[FieldError]:
    """Look at each field by itself, so that all wrong ones are named and not the first alone."""
    try:
        fields = _as_object(text)
    except _UNREADABLE as error:
        return [_unreadable(error)]
    errors: list[FieldError] = []
    good: list[bytes] = []
    for name, raw in fields.items():
        if name not in FIELDS:
            errors.append(FieldError(f"/{_escaped(name)}", _("is not a known field")))
            continue
        member = b'"%b":%b' % (name.encode(), bytes(raw))
        try:
            decode(b"{%b}" % member)
        except _UNREADABLE as error:
            errors.append(_named(str(error), name))
        else:
            good.append(member)
    named = {_field(error) for error in errors}
    rest = check(decode(b"{%b}" % b",".join(good)))
    return errors + [error for error in rest if _field(error) not in named]


def _field(error: FieldError) -> str:
    """The signal's field that a pointer leads into."""
    return "/".join(error.pointer.split("/")[:2])


def _unreadable(error: BaseException) -> FieldError:
    if isinstance(error, RecursionError):
        return FieldError("", _("is nested too deeply"))
    if isinstance(error, msgspec.ValidationError):
        return FieldError("", _("is not a JSON object"))
    return FieldError("", _("is not valid JSON: %(why)s") % {"why": error})


def _named(message: str, name: str) -> FieldError:
    """A decoder's message as a pointer and a sentence."""
    reason, _at, path = message.partition(" - at `$")
    pointer = re.sub(r"[.\[]", "/", re.sub(r"[`\]]", "", path)) or f"/{name}"
    if found := re.fullmatch(r"Object contains unknown field `(.*)`", reason, re.DOTALL):
        return FieldError(f"{pointer}/{_escaped(found[1])}", _("is not a known field"))
    if found := re.fullmatch(r"Object missing required field `(.*)`", reason):
        return FieldError(f"{pointer}/{found[1]}", _("is missing"))
    field = re.sub(r"/\d+", "", pointer).rpartition("/")[2]
    if reason.startswith("Invalid enum value"):
        return FieldError(
            pointer, _("must be one of: %(choices)s") % {"choices": _CHOICES.get(field, "")}
        )
    if found := re.fullmatch(r"Expected `(.*)`, got `(.*)`", reason):
        if field in _NUMBERS and found[2] in ("int", "float"):
            return FieldError(pointer, _('must be a decimal number in a string, such as "64250.5"'))
        return FieldError(
            pointer,
            _("must be %(expected)s, not %(got)s") % {"expected": found[1], "got": found[2]},
        )
    return FieldError(pointer, reason)


def _escaped(name: str) -> str:
    """A field's name inside a JSON pointer, shortened where somebody tries to be clever."""
    return name[:64].replace("~", "~0").replace("/", "~1")
