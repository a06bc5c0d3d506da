"""Who a request is from: proxies of ours are believed, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from signalcast.core.env import environment
from signalcast.core.forwarded import believe, believing, speaker


@pytest.fixture(autouse=True)
def _proxies(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIGNALCAST_TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/24")
    environment.cache_clear()
    yield
    monkeypatch.undo()
    environment.cache_clear()


def scope(peer: str, **headers: str) -> dict[str, Any]:
    named = [(name.replace("_", "-").lower().encode(), value.encode())
             for name, value in headers.items()]  # fmt: skip
    return {"type": "http", "scheme": "http", "client": (peer, 5), "headers": named}


def wsgi(peer: str, **headers: str) -> dict[str, Any]:
    """What an application behind the middleware sees."""
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], _start: Any) -> list[bytes]:
        seen.update(environ)
        return []

    told = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    believing(application)({"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", **told}, None)
    return seen


@pytest.mark.parametrize(
    ("peer", "told", "found"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7, 10.0.0.9", "203.0.113.7"),
        ("127.0.0.1", "10.0.0.8", "10.0.0.8"),
        ("127.0.0.1", "203.0.113.7:4711", "203.0.113.7"),
        ("127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "203.0.113.7, unknown", "127.0.0.1"),
        ("127.0.0.1", '"event":"x"', "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
    ],
)
def test_addresses_are_believed_as_far_as_proxies_of_ours_tell_them(
    peer: str, told: str, found: str
) -> None:
    assert speaker(peer, told) == found


def test_doors_see_who_is_behind_the_proxy() -> None:
    asked = scope("127.0.0.1", X_Forwarded_For="203.0.113.7", X_Forwarded_Proto="https", Host="a")
    believe(asked)

    assert asked["client"][0] == "203.0.113.7"
    assert asked["scheme"] == "https"
    assert asked["headers"] == [(b"host", b"a")]


def test_doors_believe_no_stranger() -> None:
    asked = scope("203.0.113.7", X_Forwarded_For="127.0.0.1", X_Forwarded_Proto="https")
    believe(asked)

    assert asked["client"][0] == "203.0.113.7"
    assert asked["scheme"] == "http"


def test_a_header_that_only_looks_like_one_of_a_proxy_is_taken_away() -> None:
    asked = scope("127.0.0.1", X_Forwarded_For="203.0.113.7")
    asked["headers"].append((b"x_forwarded_for", b"127.0.0.1"))
    believe(asked)

    assert asked["client"][0] == "203.0.113.7"
    assert asked["headers"] == []


def test_pages_see_who_is_behind_the_proxy() -> None:
    seen = wsgi("10.0.0.9", x_forwarded_for="203.0.113.7", x_forwarded_proto="https")

    assert seen["REMOTE_ADDR"] == "203.0.113.7"
    assert seen["wsgi.url_scheme"] == "https"
    assert not [name for name in seen if "FORWARDED" in name]


def test_pages_believe_no_stranger_and_see_nothing_of_what_it_says() -> None:
    seen = wsgi("203.0.113.7", x_forwarded_for="127.0.0.1", x_forwarded_proto="https",
                x_forwarded_host="elsewhere")  # fmt: skip

    assert seen == {"REMOTE_ADDR": "203.0.113.7", "wsgi.url_scheme": "http"}
