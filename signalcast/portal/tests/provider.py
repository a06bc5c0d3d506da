"""A provider of OpenID Connect on the loopback. Everybody there is who `person` says."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

from tests.serving import serving

CLIENT, SECRET = "signalcast", "a secret between the two of us, long enough"


class Provider(ThreadingHTTPServer):
    """The server."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.person: dict[str, Any] = {}
        #: Answers at the end point for tokens are this status.
        self.status = 200
        self.nonces: dict[str, str] = {}


class Handler(BaseHTTPRequestHandler):
    """Its answers."""

    server: Provider
    POSTED: ClassVar[tuple[str, ...]] = ("/token",)

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/.well-known/openid-configuration":
            url = self.server.url
            self._say(200, {
                "issuer": url, "authorization_endpoint": f"{url}/authorize",
                "token_endpoint": f"{url}/token", "userinfo_endpoint": f"{url}/userinfo",
                "jwks_uri": f"{url}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            })  # fmt: skip
        elif path == "/authorize":
            self.server.nonces["code"] = query.get("nonce", [""])[0]
            told = urlencode({"code": "code", "state": query["state"][0]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri'][0]}?{told}")
            self.end_headers()
        elif path == "/userinfo":
            self._say(200, self.server.person)
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        good = form["client_secret"] == [SECRET] and form["code"] == ["code"]
        claims = self.server.person | {
            "iss": self.server.url, "aud": CLIENT, "iat": int(time.time()),
            "exp": int(time.time()) + 60, "nonce": self.server.nonces.get("code", ""),
        }  # fmt: skip
        token = jwt.encode(claims, SECRET, algorithm="HS256")
        answer = {"access_token": "a", "token_type": "Bearer", "id_token": token}
        self._say(self.server.status if good else 401, answer if good else {})

    def _say(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def provider() -> Iterator[Provider]:
    """One that answers within the block."""
    server = Provider()
    with serving(server):
        yield server
