"""The product's settings, with the page of one query among its addresses."""

from __future__ import annotations

from signalcast import settings as product

# Settings are the upper-case names of a module.
globals().update({name: value for name, value in vars(product).items() if name.isupper()})
ROOT_URLCONF = "bench.one_query"
