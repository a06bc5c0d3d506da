"""Programs that call the API."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from signalcast.accounts.create_token import create_token
from signalcast.accounts.models import ApiToken, User

ALL = tuple(ApiToken.Scope.values)


class Program:
    """Somebody's program, with a token."""

    def __init__(self, user: User | None, *, scopes: tuple[str, ...] = ALL) -> None:
        assert user is not None
        self.user = user
        self.row, self.token = create_token(user, name="Bot", scopes=scopes, expires_at=None)
        self._client = Client(headers={"Authorization": f"Bearer {self.token}"})

    def call(
        self, method: str, path: str, body: Any = None, *, status: int = 200, **headers: str
    ) -> Any:
        """What is answered at a path below `/api/v1`, read as JSON. None for an empty answer."""
        answer = self.ask(method, path, body, **headers)
        assert answer.status_code == status, (method, path, answer.status_code, answer.content)
        return json.loads(answer.content) if answer.content else None

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer itself. A body that is no bytes is sent as JSON."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = named.pop("content-type", "application/json")
        return self._client.generic(
            method, f"/api/v1{path}", data, content_type=kind, headers=named or None
        )

    def get(self, path: str) -> Any:
        """What is there."""
        return self.call("GET", path)


def nobody(method: str, path: str, **headers: str) -> Any:
    """The answer to a program without a token."""
    return Client().generic(method, f"/api/v1{path}", headers=headers or None)
