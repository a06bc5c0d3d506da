"""What a token has to be for, and its user to be, for an operation."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security.http import HttpAuthBase

from signalcast.accounts.models import ApiToken, Role
from signalcast.accounts.roles import MANAGERS
from signalcast.api.caller import Caller, caller_of
from signalcast.intake.problems import Problem


class Token(HttpAuthBase):
    """A check of an operation; the documents tell it by the name of its class."""

    openapi_scheme = "bearer"
    openapi_description = "A token of the page of your account: `Authorization: Bearer sct_…`"

    def __init__(self, scope: str, *roles: Role) -> None:
        super().__init__()
        self.scope, self.roles = scope, roles

    def __call__(self, request: HttpRequest) -> Caller:
        """Whose request it is. Raises Problem: 403."""
        caller = caller_of(request)
        if self.scope not in caller.token.scope_set():
            raise Problem(
                HTTPStatus.FORBIDDEN,
                _("This token lacks the scope `%(scope)s`. Create one that has it.")
                % {"scope": self.scope},
            )
        if self.roles and not caller.user.has_role(*self.roles):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                _("This is for: %(roles)s. Ask one of them.") % {"roles": ", ".join(self.roles)},
            )
        return caller

    @property
    def words(self) -> str:
        """What it asks for, as the documents say it."""
        who = f", for {' and '.join(self.roles)} only" if self.roles else ""
        return f"Needs the scope `{self.scope}`{who}."


#: To look, to change what is one's own, and to look at and change the installation.
READ = Token(ApiToken.Scope.READ)
WRITE = Token(ApiToken.Scope.WRITE)
MANAGE = Token(ApiToken.Scope.MANAGE, *MANAGERS)
#: What is the owner's alone.
OWN = Token(ApiToken.Scope.MANAGE, Role.OWNER)
