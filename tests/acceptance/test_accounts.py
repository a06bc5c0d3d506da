"""A browser makes an account, gets a passkey and an app, and comes in by them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from signalcast.channels.email.tests.peer import Peer, account
from tests.acceptance.browser import assert_accessible, page_of
from tests.acceptance.database import Database
from tests.acceptance.installation import installation
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

NEW, PASSWORD = "new@example.org", "correct-horse-1"


@pytest.fixture
def post() -> Iterator[Peer]:
    """A mail server."""
    with Peer() as peer:
        yield peer


def code(post: Peer) -> str:
    """The code in the mail."""
    wait_for(lambda: post.mails, within=30, message="the mail with the code")
    found = re.search(r"[A-Z0-9]{3,}-[A-Z0-9]{3,}", str(post.mails[-1]["Subject"]))
    assert found
    return found.group()


def keys(page: Page) -> None:
    """Give the browser a key that says yes to everything."""
    told: dict[str, Any] = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": told})


def test_from_nothing_to_an_account_with_a_passkey(
    directory: Path, post: Peer, browser: Browser
) -> None:
    with installation(directory, Database()) as made, page_of(browser) as page:
        server = {"channel": "email", "name": "mail", "settings": json.loads(account(post.port))}
        made.prepare({"accounts": [server]})
        made.run("collectstatic")
        made.start_all(workers=1, senders=1)
        # A passkey belongs to a name, and an address of numbers is none.
        site = made.url.replace("127.0.0.1", "localhost")
        page.goto(f"{site}/sign-in/")
        page.get_by_role("link", name="Make an account").click()
        page.get_by_label("E-mail address").fill(NEW)
        page.get_by_label("Password").fill(PASSWORD)
        assert_accessible(page)
        page.get_by_role("button", name="Make an account").click()
        page.get_by_label("Code").fill(code(post))
        assert_accessible(page)
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Home")

        keys(page)
        page.goto(f"{site}/app/account/passkeys/add/")
        page.get_by_label("Password").fill(PASSWORD)
        assert_accessible(page)
        page.get_by_role("button", name="Go on").click()
        assert_accessible(page)
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
        for path in ("", "factors/", "passkeys/", "browsers/", "email/", "password/", "app/"):
            page.goto(f"{site}/app/account/{path}")
            assert_accessible(page)

        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Home")
