"""What people say of themselves: a name, and the language that they want to be spoken to in."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.accounts.models import User
from signalcast.accounts.noted import noted
from signalcast.core.printable import printable

NAME = User._meta.get_field("name").max_length or 0


class ProfileForm(forms.ModelForm[User]):
    """Both."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=NAME,
        required=False,
        help_text=gettext_lazy("It stands on your invoices. It may be that of a company."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        help_text=gettext_lazy("Of the pages, and of what is sent to you."),
    )

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["name", "language"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = self.fields["language"]
        assert isinstance(languages, forms.ChoiceField)  # noqa: S101 - declared above
        languages.choices = [("", _("The one of this installation")), *settings.LANGUAGES]

    def clean_name(self) -> str:
        """One line."""
        given = str(self.cleaned_data["name"])
        name = printable(given, NAME)
        if given and not name:
            raise forms.ValidationError(_("It contains control characters. Type it anew."))
        return name


def change_profile(form: ProfileForm) -> User:
    """Store what a valid form says, and nothing else of its user."""
    user = form.instance
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(name=user.name, language=user.language)
        noted(user, "accounts.profile_changed", target=user.email)
    return user
