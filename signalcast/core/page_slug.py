"""Short names that stand in the addresses of pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _


class PageSlug:
    """For a form with a `slug` whose row has a page, beside the one on which rows are made."""

    cleaned_data: dict[str, Any]

    def clean_slug(self) -> str:
        """Any but the word that the page of a new one has in its address."""
        slug = str(self.cleaned_data["slug"] or "")
        if slug == "new":
            raise forms.ValidationError(_("Choose another: this page is called that way."))
        return slug
