"""A browser walks an owner's first hour and an analyst's day."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.browser import assert_accessible, page_of, sign_in
from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation
from tests.acceptance.plan import document
from tests.acceptance.poster import TOKEN, request
from tests.acceptance.receivers import Receivers

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

OLGA, ANN, ALICE = ("olga@example.org", "ann@example.org", "alice@example.org")
PASSWORD = "correct-horse-1"
TEXT = "LONG XYZ now\nentry 64200 - 64300\nSL 63500\nmaybe wait for the close"


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
        made.run("collectstatic")  # scripts as people get them
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
        _set_up_accounts(page, made)
        _write_own_words(page, made)
        _announce(page, made)
        _unsubscribe(page, made)
        page.goto(f"{made.url}/app/start/")
        expect(page.get_by_text("4 of 4 done")).to_be_visible()
        expect(page.get_by_role("heading", name="You are ready")).to_be_visible()


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


def _set_up_accounts(page: Page, made: Installation) -> None:
    page.goto(f"{made.url}/app/accounts/add/telegram/")
    page.get_by_label("Name", exact=True).fill("bot")
    page.get_by_label("Token").fill("nonsense")
    page.get_by_label("The bot's name").fill("@crypto_majors_bot")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_token_error")).to_contain_text("BotFather")
    assert_accessible(page)
    page.get_by_label("Token").fill("4711:abcdefghij")
    page.get_by_label("Reads signals for").select_option("tradingview")
    page.get_by_role("button", name="Save").click()
    page.goto(f"{made.url}/app/destinations/add/telegram/")
    expect(page.locator("#code-1")).to_contain_text("/start ")
    expect(page.get_by_role("link", name="Open bot in Telegram")).to_be_visible()
    assert_accessible(page)

    page.goto(f"{made.url}/app/accounts/add/email/")
    page.get_by_label("Name", exact=True).fill("mail")
    page.get_by_label("Mail server").fill("smtp.example.org")
    page.get_by_label("Sender").fill("Signals <signals@example.org>")
    page.get_by_text("Mail that comes back").click()
    page.get_by_label("IMAP server").fill("imap.example.org")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_mailbox_username_error")).to_have_text("It is needed too.")
    assert_accessible(page)
    page.get_by_label("IMAP server").fill("")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("row", name="mail email").get_by_role("link", name="Change").click()
    page.get_by_text("Mail that comes back").click()
    expect(page.locator("#reports")).to_contain_text("/hooks/bounces/")
    assert_accessible(page)


def _write_own_words(page: Page, made: Installation) -> None:
    page.goto(f"{made.url}/app/wordings/signal.published/")
    subject, body = page.get_by_label("Subject"), page.get_by_label("Text")
    subject.fill("{{ signal.symbol }} now")
    body.fill("Stop\n{{ signal.stop_loss | round }}\n")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_body_error")).to_contain_text("line 2")
    assert_accessible(page)
    body.fill("Stop {{ signal.stop_loss }}\n")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Stop 63000")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The words are saved.")).to_be_visible()


def _unsubscribe(page: Page, made: Installation) -> None:
    page.goto(f"{made.url}/app/destinations/add/email/")
    page.get_by_role("button", name="Add it").click()
    token = made.query(
        "__import__('django.core.signing', fromlist=['x']).Signer(salt='unsubscribe')"
        ".sign(str(Destination.objects.get(kind='email').uid))"
    )
    page.goto(f"{made.url}/unsubscribe/{token}")
    assert_accessible(page)
    page.get_by_role("button", name="Send nothing more").click()
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert_accessible(page)


def _announce(page: Page, made: Installation) -> None:
    page.goto(f"{made.url}/app/announcements/new/")
    page.get_by_label("Title").fill("Maintenance")
    page.get_by_label("Text").fill("On <b>Sunday</b> from 06:00.")
    page.get_by_role("button").filter(has_text="Preview").click()
    expect(page.get_by_text("On <b>Sunday</b> from 06:00.").first).to_be_visible()
    assert_accessible(page)


def test_an_analysts_day(directory: Path, targets: Receivers, browser: Browser) -> None:
    with (
        installation(directory, Database()) as made,
        page_of(browser) as page,
        page_of(browser, viewport={"width": 390, "height": 844}) as phone,
    ):
        made.prepare(_with_people(document(targets, ["alice"])))
        made.run("collectstatic")  # scripts as people get them
        made.start_all(workers=1, senders=1)
        sign_in(phone, made.url, ALICE, PASSWORD)
        expect(phone.get_by_text("No signals yet")).to_be_visible()
        sign_in(page, made.url, ANN, PASSWORD)

        _publish(page, made)
        # A subscriber's list renews itself.
        expect(phone.get_by_text("3120.40")).to_be_visible()
        assert_accessible(phone)
        for path in (
            "/app/destinations/", "/app/destinations/add/webhook/", "/app/deliveries/",
            "/app/preferences/",
        ):  # fmt: skip
            phone.goto(made.url + path)
            assert_accessible(phone)
        phone.goto(f"{made.url}/app/signals/")
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
    page.get_by_role("link", name="Cancel", exact=True).click()
    assert_accessible(page)
    page.get_by_role("link", name="Back", exact=True).click()
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
    page.keyboard.press("*")
    assert page.locator("input[name=receipt]:checked").count() == 2
    page.get_by_label("all of this page").uncheck()
    assert page.locator("input[name=receipt]:checked").count() == 0
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
        made.run("collectstatic")  # scripts as people get them
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
