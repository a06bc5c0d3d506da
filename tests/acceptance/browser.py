"""Chromium for tests, and an accessibility check of what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Milliseconds for what takes a blink on an idle machine.
PATIENCE = 30_000
#: Violations that keep people out.
SERIOUS = ("serious", "critical")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"There is no {CHROMIUM}: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page_of(browser: Browser, **options: Any) -> Iterator[Page]:
    """A fresh profile's page. Fails at its end when a script failed or a request did."""
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("response", lambda got: wrong.append(got.url) if got.status >= 500 else None)
    try:
        yield page
    finally:
        context.close()
    assert not wrong, wrong


def sign_in(page: Page, url: str, email: str, password: str) -> None:
    """Sign in at the entrance."""
    page.goto(f"{url}/sign-in/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", level=1).wait_for()


def assert_accessible(page: Page) -> None:
    """Nothing serious for axe, by day and by night, and nothing that sticks out on a phone."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page).response["violations"]
        serious = [
            (one["id"], node["target"], node.get("failureSummary"))
            for one in found
            if one["impact"] in SERIOUS
            for node in one["nodes"]
        ]
        assert not serious, (page.url, scheme, serious)
    page.emulate_media(color_scheme="light")
    wide = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 740})
    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert over <= 0, (page.url, f"{over} pixels stick out on a phone")
    if wide:
        page.set_viewport_size(wide)
