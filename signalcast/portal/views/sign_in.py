"""The entrance."""

from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse

from signalcast.core import events


class SignIn(LoginView):
    """Asks for e-mail and password. Whoever guesses is told of, for fail2ban to shut out."""

    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Show the form again. Whom they tried is not told: it may be a password by mistake."""
        events.emit("sign_in.failed", address=self.request.META.get("REMOTE_ADDR"))
        return super().form_invalid(form)
