"""The settings as they are, kept by each process for a few seconds: pages show them everywhere."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from decimal import Decimal

from django.db import DatabaseError

from signalcast.core import events
from signalcast.core.env import environment
from signalcast.shop.models import LegalText, Setting

#: Seconds until a process looks again: so long a change takes to be seen everywhere.
KEPT = 5.0
#: What it is called until its owner gives it a name.
OURS = "Signalcast"


@dataclass(frozen=True, slots=True)
class Shop:
    """What was set, and what holds where nothing was."""

    own_name: str = ""
    accent: str = ""
    accent_dark: str = ""
    logo_tag: str = ""
    own_seller: str = ""
    own_tax_name: str = ""
    currency: str = ""
    own_tax_rate: Decimal | None = None
    #: The legal texts that there are in any language, in their order.
    legal: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called."""
        return self.own_name or OURS

    @property
    def seller(self) -> str:
        """Who sells, in lines; empty where nobody said."""
        return self.own_seller or environment().seller.replace("\\n", "\n")

    @property
    def tax_rate(self) -> Decimal:
        """Per cent of tax that prices contain."""
        own = self.own_tax_rate
        return Decimal(str(environment().tax_rate)) if own is None else own

    @property
    def tax_name(self) -> str:
        """What that tax is called."""
        return self.own_tax_name or environment().tax_name

    @property
    def style(self) -> str:
        """The colours as an address says them, `2456d6-8ab0ff`; empty where both are ours."""
        both = f"{self.accent}-{self.accent_dark}".replace("#", "")
        return both if both != "-" else ""

    @property
    def legal_links(self) -> list[tuple[str, str]]:
        """The texts that there are, with their titles in the reader's language."""
        return [(slug, str(LegalText.Slug(slug).label)) for slug in self.legal]


_shop = Shop()
_look_again = -math.inf


def current() -> Shop:
    """What is set. Two statements every few seconds, and none in between; while the database is
    away, what was known last."""
    if time.monotonic() >= _look_again:
        try:
            keep(_read())
        except DatabaseError as error:
            events.warn("shop.not_read", error=str(error))
            keep(_shop)
    return _shop


def known() -> Shop:
    """What this process knew last, for code that can't ask a database."""
    return _shop


def forget() -> None:
    """Look again when it is asked for next: this process has changed something."""
    global _look_again
    _look_again = -math.inf


def keep(shop: Shop, *, seconds: float = KEPT) -> None:
    """Answer with SHOP for so long."""
    global _shop, _look_again
    _shop, _look_again = shop, time.monotonic() + seconds


def _read() -> Shop:
    row = Setting.objects.filter(pk=Setting.ONE).defer("logo").first()
    there = set(LegalText.objects.values_list("slug", flat=True).distinct())
    legal = tuple(slug for slug in LegalText.Slug.values if slug in there)
    if row is None:
        return Shop(legal=legal)
    return Shop(
        own_name=row.name,
        accent=row.accent,
        accent_dark=row.accent_dark,
        logo_tag=row.logo_tag,
        own_seller=row.seller,
        own_tax_name=row.tax_name,
        currency=row.currency,
        own_tax_rate=row.tax_rate,
        legal=legal,
    )
