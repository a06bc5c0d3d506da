"""A browser walks an owner's first hour and an analyst's day."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.browser import assert_accessible, chromium, page_of, sign_in
from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation
from tests.acceptance.plan import document
from tests.acceptance.poster import TOKEN, request
from tests.acceptance.receivers import Receivers

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

OLGA, ANN, ALICE = ("olga@example.org", "ann@example.org", "alice@example.org")
PASSWORD = "correct-horse-1"
TEXT = "LONG XYZ now\nentry 64200 - 64300\nSL 63500\nmaybe wait for the close"


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as made:
        yield made


def people() -> dict[str, Any]:
    """An owner and an analyst, and nothing else."""
    return {
        "users": [
            {"email": OLGA, "password": PASSWORD, "roles": ["owner"]},
            {"email": ANN, "password": PASSWORD, "roles": ["analyst"]},
        ]
    }


def test_an_owners_first_hour(directory: Path, targets: Receivers, browser: Browser) -> None:
    with installation(directory, Database()) as made, page_of(browser) as page:
        made.prepare(people())
        made.start_all(workers=1, senders=1)
        page.goto(f"{made.url}/sign-in/")
        assert_accessible(page)
        sign_in(page, made.url, OLGA, PASSWORD)
        expect(page.get_by_text("0 of 4 done")).to_be_visible()
        assert_accessible(page)

        page.get_by_role("link", name="Create a feed").click()
        page.get_by_label("Name", exact=True).fill("Crypto majors")
        assert_accessible(page)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("1 of 4 done")).to_be_visible()

        _connect_a_source(page, made)
        _try_a_destination(page, made, targets)
        page.goto(f"{made.url}/app/start/")
        expect(page.get_by_text("4 of 4 done")).to_be_visible()
        expect(page.get_by_role("heading", name="You are ready")).to_be_visible()
        _look_at_every_page(page, made)


def _connect_a_source(page: Page, made: Installation) -> None:
    page.get_by_role("link", name="Add a source").click()
    page.get_by_label("Name", exact=True).fill("tradingview")
    page.get_by_role("button", name="Create the source").click()
    expect(page.get_by_text("it is shown this once")).to_be_visible()
    address = page.locator("#hook").inner_text()
    assert_accessible(page)

    page.get_by_label("an indicator").check()
    expect(page.locator("#message")).to_contain_text('"action": "buy"')
    alert = page.locator("#message").inner_text()
    filled = {"ticker": "SOLUSDT", "close": "142.50", "interval": "60", "timenow": ""}
    body = re.sub(r"\{\{(\w+)\}\}", lambda name: filled[name[1]], alert)
    answer = request(address, "POST", body.encode(), {"Content-Type": "application/json"})
    assert answer.status == 202

    page.get_by_role("button", name="Send a test signal").click()
    page.wait_for_url(re.compile(r"/app/signals/.+"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("TESTUSDT")
    assert_accessible(page)
    page.get_by_role("link", name="All signals").click()
    expect(page.get_by_text("142.50")).to_be_visible()


def _try_a_destination(page: Page, made: Installation, targets: Receivers) -> None:
    page.goto(f"{made.url}/app/destinations/add/webhook/")
    page.get_by_label("Address").fill("nonsense")
    page.get_by_role("button", name="Add it").click()
    expect(page.locator("#id_address_error")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Address").fill(targets.url("olga"))
    page.get_by_role("button", name="Add it").click()
    expect(page.locator("#secret")).to_contain_text("whsec_")
    page.get_by_role("button", name="Send test").click()
    expect(page.get_by_text("accepted")).to_be_visible()
    assert [arrival.type for arrival in targets.of("olga")] == ["test.published"]
    assert_accessible(page)


def _look_at_every_page(page: Page, made: Installation) -> None:
    paths = (
        "/app/feeds/", "/app/feeds/crypto-majors/", "/app/sources/", "/app/sources/new/",
        "/app/sources/tradingview/", "/app/deliveries/", "/app/destinations/add/telegram/",
        "/app/destinations/add/email/", "/app/destinations/add/discord/",
        "/app/destinations/add/apprise/", "/app/accounts/add/telegram/",
        "/app/accounts/add/email/", "/app/announcements/", "/app/announcements/new/",
        "/app/wordings/", "/app/wordings/signal.published/", "/app/review/", "/app/publish/",
        "/ops/queues/", "/ops/queues/parked/", "/ops/queues/jobs/", "/ops/queues/schedules/",
        "/ops/queues/fan-outs/",
    )  # fmt: skip
    for path in paths:
        page.goto(made.url + path)
        assert page.title().endswith("· Signalcast")
        assert_accessible(page)


def test_an_analysts_day(directory: Path, targets: Receivers, browser: Browser) -> None:
    with (
        installation(directory, Database()) as made,
        page_of(browser) as page,
        page_of(browser, viewport={"width": 390, "height": 844}) as phone,
    ):
        made.prepare(_with_people(document(targets, ["alice"])))
        made.start_all(workers=1, senders=1)
        sign_in(phone, made.url, ALICE, PASSWORD)
        expect(phone.get_by_text("No signals yet")).to_be_visible()
        sign_in(page, made.url, ANN, PASSWORD)

        _publish(page, made)
        # A subscriber's list renews itself.
        expect(phone.get_by_text("3120.40")).to_be_visible()
        assert_accessible(phone)
        _change(page)
        expect(phone.locator(".badge.closed")).to_be_visible()
        _review(page, made)
        expect(phone.get_by_text("XYZUSDT")).to_be_visible()


def _with_people(loaded: dict[str, Any]) -> dict[str, Any]:
    loaded["users"].append({"email": ANN, "password": PASSWORD, "roles": ["analyst"]})
    for user in loaded["users"]:
        if user["email"] == ALICE:
            user["password"] = PASSWORD
    return loaded


def _publish(page: Page, made: Installation) -> None:
    page.get_by_role("link", name="Publish", exact=True).first.click()
    page.get_by_label("Instrument").fill("ethusdt")
    page.get_by_label("Order").select_option("limit")
    page.get_by_label("Entry").fill("3120.40")
    page.get_by_label("Stop loss").fill("3400")
    page.get_by_label("Targets").fill("3200 3300.10")
    expect(page.locator("#id_stop_loss_error")).to_contain_text("below the entries")
    assert_accessible(page)
    page.get_by_label("Stop loss").fill("3050")
    expect(page.locator("#id_stop_loss_error")).to_be_hidden()
    expect(page.get_by_role("img", name="Stop 3050")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile(r"/app/signals/.+"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("ETHUSDT")


def _change(page: Page) -> None:
    page.get_by_role("link", name="Update").click()
    expect(page.get_by_role("textbox", name="Entry")).to_have_value("3120.40")
    page.get_by_role("textbox", name="Stop loss").fill("3100")
    page.get_by_role("button", name="Publish the update").click()
    expect(page.get_by_text("#2 update")).to_be_visible()
    page.get_by_role("link", name="Close", exact=True).click()
    page.get_by_label("Left at").fill("3290.5")
    assert_accessible(page)
    page.get_by_role("button", name="Publish the close").click()
    expect(page.get_by_text("#3 close")).to_be_visible()
    expect(page.get_by_role("img", name="Left at 3290.5")).to_be_visible()
    expect(page.get_by_role("link", name="Update")).to_have_count(0)


def _review(page: Page, made: Installation) -> None:
    for number, body in enumerate((TEXT, json.dumps({"ticker": "ADAUSDT", "action": "hodl"}))):
        headers = {"Content-Type": "text/plain", "Idempotency-Key": str(number)}
        hook = f"{made.url}/in/hooks/{TOKEN}"
        assert request(hook, "POST", body.encode(), headers).status == 202
    page.goto(f"{made.url}/app/review/")
    while page.locator("[data-receipt]").count() < 2:
        page.reload()
    assert_accessible(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("r")
    expect(page.get_by_text("1 receipt is rejected.")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", level=1)).to_have_text("Correct")
    page.get_by_label("Instrument").fill("XYZUSDT")
    assert_accessible(page)
    page.get_by_role("button", name="Publish it like this").click()
    page.wait_for_url(re.compile(r"/app/signals/.+"))
    expect(page.get_by_text("64200 · 64300").first).to_be_visible()


def test_the_day_goes_on_without_javascript(
    directory: Path, targets: Receivers, browser: Browser
) -> None:
    with (
        installation(directory, Database()) as made,
        page_of(browser, java_script_enabled=False) as page,
    ):
        made.prepare(_with_people(document(targets, ["alice"])))
        made.start_all(workers=1, senders=1)
        sign_in(page, made.url, ANN, PASSWORD)
        page.goto(f"{made.url}/app/publish/")
        page.get_by_label("Instrument").fill("ethusdt")
        page.get_by_label("Stop loss").fill("3,000")
        page.get_by_role("button", name="Publish").click()
        expect(page.locator("#id_stop_loss_error")).to_be_visible()
        page.get_by_label("Stop loss").fill("3000")
        page.get_by_role("button", name="Publish").click()
        page.wait_for_url(re.compile(r"/app/signals/.+"))
        expect(page.get_by_role("heading", level=1)).to_contain_text("ETHUSDT")
        page.goto(f"{made.url}/app/signals/")
        expect(page.get_by_role("link", name="ETHUSDT")).to_be_visible()
