"""Seeing the pages as a subscriber does."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from signalcast.accounts.models import User, normal_email
from signalcast.portal.access import roles_required, signed_in
from signalcast.portal.look_as import LOOKERS, begin, end


class LookAsForm(forms.Form):
    """Whose pages, and why."""

    email = forms.CharField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        help_text=gettext_lazy("Of a subscriber. Nobody looks as staff does."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("It stays in the audit log, with all that is done."),
    )

    def clean_email(self) -> User:
        """The person."""
        email = normal_email(self.cleaned_data["email"])
        person = User.objects.filter(email=email, is_active=True).first()
        if person is None or person.is_staff:
            raise forms.ValidationError(_("No subscriber has this address. Correct it."))
        return person


@require_http_methods(["GET", "POST"])
@roles_required(*LOOKERS)
def begin_look_as(request: HttpRequest) -> HttpResponse:
    """Begin. `?email=` fills the form in."""
    form = LookAsForm(request.POST or None, initial={"email": request.GET.get("email", "")})
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            begin(
                request,
                signed_in(request),
                form.cleaned_data["email"],
                form.cleaned_data["reason"],
            )
        return redirect("signals")
    context = {"form": form, "title": _("Look as a subscriber"), "act": _("Look"), "back": "home"}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "portal/form.html", context, status=status)


@require_POST
def end_look_as(request: HttpRequest) -> HttpResponse:
    """End, from whatever page."""
    with transaction.atomic():
        end(request)
    messages.success(request, _("These are your own pages again."))
    return redirect("home")
