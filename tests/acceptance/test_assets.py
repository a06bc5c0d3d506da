"""What a browser loads for a page: little, all of it compressed, and the same as was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.acceptance.browser import page_of, sign_in
from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

#: Bytes over the wire, headers included, that the live page may take a browser that is new to it.
LIMIT = 150_000
#: A page of the list is full.
SIGNALS = 50
PASSWORD = "correct-horse-1"
SOURCES = (Path("signalcast/portal/static"), Path("signalcast/ops/static"))
#: Of a custom property Chromium keeps the spaces too.
RULES = """(text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return [...sheet.cssRules].map((rule) => rule.cssText.replaceAll(", ", ","));
}"""


def alices(made: Installation, targets: Receivers) -> None:
    """Alice reads one feed along, live."""
    wanted = document(targets, ["alice"])
    wanted["plans"][0]["channels"].append("live")
    wanted["users"][0]["password"] = PASSWORD
    made.prepare(wanted)


def test_the_live_page_takes_150_kb_with_all_that_it_loads(
    directory: Path, targets: Receivers, browser: Browser
) -> None:
    with installation(directory, Database()) as made, page_of(browser) as page:
        alices(made, targets)
        made.run("collectstatic")
        made.start_all(workers=1, senders=1)
        played = Played(made, targets, ["alice"])
        for number in range(SIGNALS):
            played.poster.insist(f"signal-{number}")
        played.wait_until_delivered(within=60)
        sign_in(page, made.url, "alice@example.org", PASSWORD)

        with page_of(browser, storage_state=page.context.storage_state()) as fresh:
            loaded: list[Request] = []
            fresh.on("requestfinished", lambda one: loaded.append(one))
            fresh.goto(f"{made.url}/app/signals/")
            expect(fresh.locator("tbody tr")).to_have_count(SIGNALS)
            expect(fresh.locator("[data-live-state]")).to_have_text("live")
            taken = {one.url.removeprefix(made.url): size(one) for one in loaded}
            static = [one for one in loaded if "/static/" in one.url]
            for one in static:
                assert_compressed_for_ever(one)
    assert len(static) >= 5, taken
    assert 20_000 < sum(taken.values()) <= LIMIT, taken


def size(request: Request) -> int:
    """Bytes that came for a request, as they were on the wire."""
    sizes = request.sizes()
    return sizes["responseHeadersSize"] + sizes["responseBodySize"]


def assert_compressed_for_ever(request: Request) -> None:
    answer = request.response()
    assert answer is not None
    headers = answer.all_headers()
    assert "immutable" in headers["cache-control"], request.url
    assert headers["content-encoding"] in ("br", "gzip"), request.url


def test_a_minified_style_sheet_means_what_was_written_and_scripts_parse(
    directory: Path, browser: Browser
) -> None:
    with installation(directory, Database()) as made:
        made.run("collectstatic")
        served = made.home / "static"
        with page_of(browser) as page:
            checked = [same(page, path, served, root) for root in SOURCES for path in files(root)]
    assert len(checked) >= 6


def files(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.suffix in (".css", ".js")]


def same(page: Page, written: Path, served: Path, root: Path) -> str:
    """The same rules of a style sheet. A script only has to parse: test_browser runs them."""
    name = written.relative_to(root)
    (made,) = served.glob(f"{name.with_suffix('')}.*[0-9a-f]{name.suffix}")
    assert made.stat().st_size < written.stat().st_size
    if written.suffix == ".css":
        rules = page.evaluate(RULES, written.read_text())
        assert rules
        assert page.evaluate(RULES, made.read_text()) == rules
    else:  # as a function's body: it parses, and nothing runs
        page.evaluate("(text) => { new Function(text); }", made.read_text())
    return str(name)
