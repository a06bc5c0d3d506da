"""Why something is not told to somebody."""

from __future__ import annotations

from importlib.util import find_spec

from django.utils.translation import gettext as _


class Unusable(Exception):
    """A setting asks for what cannot be done; the text is a sentence that says what to do."""


def require(package: str, *, variable: str, extra: str) -> None:
    """Raises Unusable when PACKAGE is not installed although VARIABLE asks for it."""
    try:
        found = find_spec(package)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise Unusable(
            _(
                "%(variable)s is set, but its package is missing: "
                "pip install 'signalcast[%(extra)s]'."
            )
            % {"variable": variable, "extra": extra}
        )
