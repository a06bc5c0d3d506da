"""Tokens of one's own programs: make one, see them, take one back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import BooleanField, Case, Q, Value, When
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signalcast.accounts.create_token import create_token as create
from signalcast.accounts.models import ApiToken, User
from signalcast.accounts.revoke_token import revoke_token as revoke
from signalcast.accounts.roles import MANAGERS
from signalcast.core import clock
from signalcast.intake.check import UNPRINTABLE_TEXT
from signalcast.portal.access import signed_in
from signalcast.portal.pages import page
from signalcast.portal.public_address import public_address

#: Tokens that somebody may have at a time.
MOST = 50
SCOPES = {
    ApiToken.Scope.READ: gettext_lazy("Read: whatever your pages show you"),
    ApiToken.Scope.WRITE: gettext_lazy("Write: change your destinations and subscriptions"),
    ApiToken.Scope.MANAGE: gettext_lazy("Manage: feeds, sources, plans and people"),
}


class TokenForm(forms.Form):
    """What it is for, what it may do, and how long."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=64,
        help_text=gettext_lazy("Which program it is for, such as Trading bot."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        initial=[ApiToken.Scope.READ],
        choices=list(SCOPES.items()),
        help_text=gettext_lazy("It may never do more than you."),
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("It expires"),
        coerce=int,
        initial=90,
        choices=[
            (30, gettext_lazy("after 30 days")),
            (90, gettext_lazy("after 90 days")),
            (365, gettext_lazy("after a year")),
            (0, gettext_lazy("never")),
        ],
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes = self.fields["scopes"]
        assert isinstance(scopes, forms.MultipleChoiceField)  # noqa: S101 - declared above
        if not user.has_role(*MANAGERS):
            scopes.choices = [one for one in SCOPES.items() if one[0] != ApiToken.Scope.MANAGE]

    def clean_name(self) -> str:
        """One line."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        if UNPRINTABLE_TEXT.search(name):
            raise forms.ValidationError(_("It contains control characters. Type it anew."))
        return name


@require_GET
@login_required
def tokens(request: HttpRequest) -> HttpResponse:
    """Those that somebody has, and had."""
    over = Q(revoked_at__isnull=False) | Q(expires_at__lte=Now())
    rows = ApiToken.objects.filter(user=signed_in(request)).annotate(
        over=Case(When(over, then=Value(True)), default=Value(False), output_field=BooleanField())
    )
    shown = page(rows, request.GET.get("after", ""), size=20)
    return render(request, "account/tokens.html", {"rows": shown.rows, "next": shown.after})


@require_http_methods(["GET", "POST"])
@login_required
@reauthentication_required(app="allauth.account")
def create_token(request: HttpRequest) -> HttpResponseBase:
    """A new one, which is in the answer, this once."""
    user = signed_in(request)
    form = TokenForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        good = ApiToken.objects.filter(user=user, revoked_at=None)
        if good.exclude(expires_at__lte=Now()).count() < MOST:
            return _created(request, user, form)
        said = _("You have %(most)d tokens. Revoke one that you do not need.")
        form.add_error(None, said % {"most": MOST})
    context = {"form": form, "title": _("New token"), "act": _("Create the token")}
    status = 422 if form.errors else 200
    return render(request, "portal/form.html", context | {"back": "account_tokens"}, status=status)


def _created(request: HttpRequest, user: User, form: TokenForm) -> HttpResponse:
    asked = form.cleaned_data
    until = clock.now() + timedelta(days=asked["days"]) if asked["days"] else None
    row, token = create(user, name=asked["name"], scopes=asked["scopes"], expires_at=until)
    base = public_address(request, "/api/v1")
    context = {"row": row, "token": token, "address": f"{base}/me"}
    answer = render(request, "account/token.html", context)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
@login_required
@reauthentication_required(app="allauth.account")
def revoke_token(request: HttpRequest, pk: int) -> HttpResponseBase:
    """End one at once."""
    user = signed_in(request)
    token = get_object_or_404(ApiToken, pk=pk, user=user)
    revoke(token, by=user)
    messages.success(request, _("The token is revoked. Nothing gets in with it any more."))
    return redirect("account_tokens")
