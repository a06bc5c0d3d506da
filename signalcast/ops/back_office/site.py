"""Who gets into the back office, and what is noted of what they do there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.views.i18n import JavaScriptCatalog
from unfold.sites import UnfoldAdminSite

from signalcast.accounts.audit import audit
from signalcast.accounts.models import Role, User
from signalcast.portal.access import OBSERVERS, signed_in

View = Callable[..., HttpResponse]

#: Apps of a library, whose tables are about accounts.
OF_ACCOUNTS = ("account", "mfa", "socialaccount", "usersessions")
#: Its scripts read expressions out of attributes, and its pages have a style of their own within
#: them. Everything else is as on other pages: nothing from elsewhere, no script within a page.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def icon(_request: HttpRequest) -> str:
    """Where browsers find the site's own."""
    return static("signalcast/icon.svg")


class Site(UnfoldAdminSite):
    """Owner, operator and support look; owners change."""

    def may_look(self, request: HttpRequest) -> bool:
        """Whether somebody may look around."""
        user = request.user
        return isinstance(user, User) and user.is_active and user.has_role(*OBSERVERS)

    def may_change(self, request: HttpRequest) -> bool:
        """Whether somebody may change what may be changed at all."""
        return self.may_look(request) and signed_in(request).has_role(Role.OWNER)

    def has_permission(self, request: HttpRequest) -> bool:
        """As Django's admin calls it."""
        return self.may_look(request)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """A page of it: in English, under its own policy, for those who may look."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.may_look(request):
                raise PermissionDenied
            with translation.override("en"):
                answer: HttpResponse = guarded(request, *args, **kwargs)
                if isinstance(answer, TemplateResponse):
                    answer.render()
            answer.headers["Content-Security-Policy"] = POLICY
            return answer

        return update_wrapper(inner, view)

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Tables by app; what belongs to accounts stands with them, whoever wrote it."""
        found: list[dict[str, Any]] = super().get_app_list(request, app_label)
        accounts = next((one for one in found if one["app_label"] == "accounts"), None)
        if accounts is None:
            return found
        for one in found:
            if one["app_label"] in OF_ACCOUNTS:
                accounts["models"] += one["models"]
        accounts["models"].sort(key=lambda model: str(model["name"]))
        return [one for one in found if one["app_label"] not in OF_ACCOUNTS]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one entrance, with its codes and its limits."""
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """By the same door."""
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """On the page of the account."""
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """On the page of the account."""
        return redirect("account")

    def i18n_javascript(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """What scripts say; Django's own way asks for its admin as an app."""
        return JavaScriptCatalog(packages=[__package__]).get(request)

    def get_log_entries(self, request: HttpRequest) -> list[Any]:
        """None: what was done stands in the audit log, which has a page."""
        return []

    def note(self, request: HttpRequest, act: str, obj: Model, details: Mapping[str, str]) -> None:
        """Write into the audit log what was done to a row."""
        target = f"{obj._meta.label_lower} {obj.pk}: {obj}"
        # In one piece: a field may be called as something else that an entry has.
        changes = "; ".join(f"{name}: {told}" for name, told in details.items())
        said: dict[str, Any] = {"changes": changes} if changes else {}
        audit(f"admin.{act}", by=signed_in(request).email, target=target, **said)
