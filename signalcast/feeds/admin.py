"""Feeds, sources and instruments in the back office."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import gettext as _

from signalcast.core.back_office import BackOffice, listed
from signalcast.feeds.instruments import spelled
from signalcast.feeds.models import Feed, Instrument, InstrumentAlias, Source

SYMBOL = re.compile(r"[A-Z0-9._/:-]{1,32}")


@listed(Feed)
class FeedAdmin(BackOffice):
    """Its pages are at /app/feeds/."""

    list_display = ("name", "slug", "market_validity", "waiting_validity", "created_at")
    search_fields = ("name", "slug")
    editable = ("name",)


@listed(Source)
class SourceAdmin(BackOffice):
    """Changed at /app/sources/, where a new token is shown once."""

    list_display = ("slug", "feed", "publish", "parser", "is_active", "created_at")
    search_fields = ("slug",)
    list_filter = ("feed", "publish", "is_active")


class InstrumentForm(forms.ModelForm[Instrument]):
    """A symbol as sources post it."""

    def clean_symbol(self) -> str:
        """In capitals."""
        symbol = str(self.cleaned_data["symbol"]).upper()
        if not SYMBOL.fullmatch(symbol):
            raise forms.ValidationError(_("Letters, digits and . _ / : - only, 32 at most."))
        return symbol


@listed(Instrument)
class InstrumentAdmin(BackOffice):
    """What free text is understood by, besides the list that is shipped."""

    form = InstrumentForm
    list_display = ("symbol", "kind")
    search_fields = ("symbol",)
    list_filter = ("kind",)
    ordering = ("symbol",)
    editable = ("kind",)
    addable = ("symbol", "kind")
    deletable = True


class InstrumentAliasForm(forms.ModelForm[InstrumentAlias]):
    """A spelling as texts are compared with."""

    def clean_spelling(self) -> str:
        """In capitals, without separators."""
        spelling = spelled(str(self.cleaned_data["spelling"]))
        if not spelling:
            raise forms.ValidationError(_("A spelling has a letter or a digit."))
        return spelling


@listed(InstrumentAlias)
class InstrumentAliasAdmin(BackOffice):
    """Other spellings."""

    form = InstrumentAliasForm
    list_display = ("spelling", "instrument")
    search_fields = ("spelling", "instrument__symbol")
    ordering = ("spelling",)
    addable = ("spelling", "instrument")
    deletable = True
