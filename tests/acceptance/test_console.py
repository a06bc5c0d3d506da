"""The operations console in a browser: by keyboard, and left open while everything changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.acceptance.browser import PATIENCE, assert_accessible, page_of, sign_in
from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation, kill
from tests.acceptance.plan import document
from tests.acceptance.poster import Poster
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

OLGA, PASSWORD = "olga@example.org", "correct-horse-1"
#: Milliseconds of a minute of the page's own clock.
MINUTE = 60_000
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def made(directory: Path, targets: Receivers) -> Iterator[Installation]:
    """An installation that runs, with an owner and a subscriber."""
    loaded = document(targets, ["alice"])
    loaded["users"].append({"email": OLGA, "password": PASSWORD, "roles": ["owner"]})
    with installation(directory, Database()) as one:
        one.prepare(loaded)
        one.start_all(workers=1, senders=1)
        yield one


def renewals(page: Page) -> list[str]:
    """Grows by one for each time that the page asks for a part of itself."""
    found: list[str] = []

    def seen(request: Request) -> None:
        if request.headers.get("hx-request"):
            found.append(request.url)

    page.on("request", seen)
    return found


def test_three_seconds_show_whether_signals_flow(
    made: Installation, targets: Receivers, browser: Browser
) -> None:
    with page_of(browser) as page:
        sign_in(page, made.url, OLGA, PASSWORD)
        page.goto(f"{made.url}/ops/")
        verdict = page.locator("[data-verdict]")
        expect(verdict).to_contain_text("Signals can flow", timeout=PATIENCE)
        Poster(made.url).insist("first")
        wait_for(lambda: targets.accepted("alice"), within=30, message="it arrived")

        # The page finds out by itself.
        expect(verdict).to_contain_text(" to 1 subscriber, at", timeout=PATIENCE)
        assert_accessible(page)
        for process in made.started("sender"):
            kill(process)
        said = "Signals do not flow: no sender is alive since"
        expect(verdict).to_contain_text(said, timeout=3 * PATIENCE)
        # Read out, since the state is another one.
        expect(page.locator("[data-said]")).to_contain_text(said)
        assert_accessible(page)


def test_everything_is_reached_by_keyboard(made: Installation, browser: Browser) -> None:
    with page_of(browser) as page:
        sign_in(page, made.url, OLGA, PASSWORD)
        page.goto(f"{made.url}/ops/")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_contain_text("Audit")
        assert_accessible(page)
        page.keyboard.press("Escape")
        for key, title in (("h", "Health"), ("q", "Queues"), ("u", "Audit"), ("o", "Overview")):
            page.keyboard.press("g")
            page.keyboard.press(key)
            expect(page.get_by_role("heading", level=1)).to_have_text(title)
            page.wait_for_load_state()  # until then nobody hears keys
        page.goto(f"{made.url}/ops/audit/")
        page.keyboard.press("/")
        page.keyboard.type("g h?")
        expect(page.get_by_label("Who")).to_have_value("g h?")
        page.goto(f"{made.url}/ops/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()


def test_a_page_that_stays_open_asks_seldom_and_survives_everything(
    made: Installation, browser: Browser
) -> None:
    with page_of(browser) as page:
        sign_in(page, made.url, OLGA, PASSWORD)
        page.clock.install()
        page.goto(f"{made.url}/ops/")
        asked = renewals(page)
        page.clock.run_for(MINUTE)
        assert 1 <= len(asked) <= 15

        page.evaluate(HIDE, True)
        page.wait_for_load_state("networkidle")
        before = len(asked)
        page.clock.run_for(10 * MINUTE)
        assert len(asked) == before
        page.evaluate(HIDE, False)
        wait_for(lambda: _run(page, 1_000) and len(asked) > before, within=30, message="it asks")

        for process in made.started("web"):
            kill(process)
        gone = page.get_by_text("Not connected since")
        wait_for(lambda: _run(page, 5_000) and gone.is_visible(), within=30, message="it says so")
        before = len(asked)
        page.clock.run_for(10 * MINUTE)
        assert len(asked) - before <= 30
        made.start("web", "--workers", "1")
        made.wait_ready()
        wait_for(lambda: _run(page, 5_000) and gone.is_hidden(), within=30, message="it is back")

        made.query("__import__('django.contrib.sessions.models', fromlist=['Session'])"
                   ".Session.objects.all().delete()[0]")  # fmt: skip
        entrance = page.get_by_label("E-mail address")
        wait_for(lambda: _run(page, 5_000) and entrance.is_visible(), within=30, message="sign in")
        page.get_by_label("E-mail address").fill(OLGA)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


def _run(page: Page, milliseconds: int) -> bool:
    """Let the page's clock go on."""
    page.clock.run_for(milliseconds)
    return True


def test_the_overview_works_without_javascript(made: Installation, browser: Browser) -> None:
    with page_of(browser, java_script_enabled=False) as page:
        sign_in(page, made.url, OLGA, PASSWORD)
        page.goto(f"{made.url}/ops/")
        expect(page.get_by_text("Signals can flow")).to_be_visible()
        expect(page.locator("meta[http-equiv=refresh]")).to_have_attribute("content", "10")
