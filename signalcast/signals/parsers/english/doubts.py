"""What a reviewer has to know: a sentence for everything that is not plain."""

from __future__ import annotations

from itertools import pairwise

from django.utils.translation import gettext as _

from signalcast.signals.draft import DraftKind
from signalcast.signals.parsers.english.reading import Reading
from signalcast.signals.parsers.english.tokens import Token
from signalcast.signals.parsers.english.words import CONTRACTS, HEDGES, VOCABULARY


def doubts_about_all(reading: Reading) -> list[str]:
    """Doubts about any message that asks for something."""
    doubts = []
    words, strangers = reading.words, reading.strangers
    if len(reading.symbols) > 1:
        names = ", ".join(sorted(reading.symbols))
        doubts.append(_("It names several instruments: %(names)s.") % {"names": names})
    elif strangers:
        doubts.append(_("“%(word)s” is not in the instrument list.") % {"word": strangers[0][:32]})
    elif not reading.symbols:
        doubts.append(_("It names no instrument of the instrument list."))
    if len(set(reading.where.values())) > 1:
        doubts.append(_("It names both directions."))
    if words & CONTRACTS or _names_option(reading.pieces):
        doubts.append(_("It speaks of an option or a future, not of the instrument itself."))
    hedges = sorted(words & HEDGES)
    if hedges:
        doubts.append(_("“%(word)s” makes it less than a plain call.") % {"word": hedges[0]})
    if "?" in reading.message.text:
        doubts.append(_("It asks a question."))
    if not reading.is_english and not reading.levels.any():
        doubts.append(_("The text is not in English."))
    if reading.message.reply:
        doubts.append(_("It answers or quotes another message."))
    if reading.message.disguised:
        doubts.append(_("Its digits or their order are not what they look like."))
    if reading.intent.on_candle:
        doubts.append(_("A level depends on how a candle closes."))
    return doubts


def doubts_about_new(reading: Reading, side: str | None, order: str | None) -> list[str]:
    """Doubts about a new call, but for its levels."""
    levels, doubts = reading.levels, []
    if reading.intent.kind is not None:
        doubts.append(_("It reads both like a new call and like a change of an earlier one."))
    if side is None and not reading.where:
        doubts.append(_("It does not say whether to buy or to sell."))
    if len(reading.orders) > 1:
        doubts.append(_("It names more than one kind of order."))
    if len(set(levels.stops)) > 1:
        doubts.append(_("It names more than one stop."))
    if reading.message.ref:
        doubts.append(_("It refers to an earlier signal."))
    if levels.partial:
        doubts.append(_("The numbers of the targets leave gaps."))
    if order in {"limit", "stop"} and not levels.entries:
        doubts.append(_("It names no entry price."))
    if not levels.entries and not reading.orders and not (levels.stops and levels.targets):
        doubts.append(_("It names neither an entry price nor an order at market."))
    bare = not (levels.stops or levels.targets)
    if bare and (levels.measured or reading.has_unknown_words()):
        doubts.append(_("It names neither a stop nor a target, and not all of it is understood."))
    if reading.where and not _is_about_symbol(reading):
        doubts.append(_("It is not plain that the direction is meant for the instrument."))
    return doubts


def doubts_about_change(reading: Reading, kind: DraftKind) -> list[str]:
    """Doubts about an update that changes something, a close or a cancel."""
    levels, intent, doubts = reading.levels, reading.intent, []
    if intent.on_level:
        doubts.append(_("It is not plain whether a level or the whole position is meant."))
    if intent.mixed:
        doubts.append(_("It asks for several things at once."))
    if reading.has_unknown_words():
        doubts.append(_("Not all of it is understood."))
    if kind is DraftKind.UPDATE:
        doubts += levels.doubts
        if intent.kind is None:
            doubts.append(_("It names levels without saying what is to be done with them."))
        if len(set(levels.stops)) > 1:
            doubts.append(_("It names more than one stop."))
        if not levels.stops and not levels.targets:
            doubts.append(_("It changes something, but names no price to change it to."))
        if levels.partial or len(levels.targets) == 1 or (levels.targets and intent.happened):
            doubts.append(_("It is not plain which targets are replaced."))
    return doubts


def _names_option(pieces: list[Token]) -> bool:
    return any(
        one.kind == "number" and other.text in {"call", "put"} for one, other in pairwise(pieces)
    )


def _is_about_symbol(reading: Reading) -> bool:
    """Whether only known words part a direction from the instrument, or it heads its line."""
    pieces = reading.pieces
    places = [at for at, piece in enumerate(pieces) if piece.kind == "symbol"]
    for place in places:
        before = next((one for one in reversed(pieces[:place]) if one.text not in "#$[(*"), None)
        if before is None or before.kind == "line":
            return True
        for side in reading.where:
            low, high = sorted((place, side))
            words = {one.text for one in pieces[low:high] if one.kind == "word"}
            if words <= VOCABULARY:
                return True
    return not places
