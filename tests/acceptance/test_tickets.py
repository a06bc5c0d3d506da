"""A browser asks and answers in a ticket, and finds both in the back office."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, expect

from tests.acceptance.browser import assert_accessible, page_of, sign_in
from tests.acceptance.database import Database
from tests.acceptance.installation import installation

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

OLGA, ALICE = ("olga@example.org", "alice@example.org")
PASSWORD = "correct-horse-1"
PEOPLE = {
    "users": [
        {"email": OLGA, "password": PASSWORD, "roles": ["owner"]},
        {"email": ALICE, "password": PASSWORD, "roles": ["subscriber"]},
    ]
}


def picture() -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (600, 400), "navy").save(held, "PNG")
    return held.getvalue()


def test_a_question_its_answer_and_the_back_office(directory: Path, browser: Browser) -> None:
    with (
        installation(directory, Database()) as made,
        page_of(browser) as page,
        page_of(browser, viewport={"width": 390, "height": 844}) as phone,
    ):
        made.prepare(PEOPLE)
        made.run("collectstatic")
        made.start_all(workers=1, senders=1)
        sign_in(phone, made.url, ALICE, PASSWORD)
        phone.goto(f"{made.url}/app/tickets/new/")
        phone.get_by_label("Subject").fill("Late")
        phone.get_by_label("Message").fill("I got none today.")
        file = FilePayload(name="seen.png", mimeType="image/png", buffer=picture())
        phone.get_by_label("Files").set_input_files([file])
        phone.get_by_role("button", name="Send").click()
        expect(phone.get_by_text("seen.png")).to_be_visible()
        assert_accessible(phone)

        sign_in(page, made.url, OLGA, PASSWORD)
        page.goto(f"{made.url}/app/tickets/all/")
        assert_accessible(page)
        page.get_by_role("link", name="Late").click()
        page.get_by_label("Message").fill("Ask again tomorrow?")
        page.get_by_role("button", name="Keep as a note").click()
        expect(page.get_by_text("Note for staff", exact=True)).to_be_visible()
        page.get_by_label("Message").fill("Look at Destinations.")
        page.get_by_role("button", name="Answer", exact=True).click()
        assert_accessible(page)
        phone.reload()
        expect(phone.get_by_text("Look at Destinations.")).to_be_visible()
        expect(phone.get_by_text("Ask again tomorrow?")).to_have_count(0)

        refused: list[str] = []
        page.on("console", lambda said: refused.append(said.text) if said.type != "log" else None)
        page.goto(f"{made.url}/admin/accounts/user/?q=alice")
        page.get_by_role("link", name=ALICE).click()
        page.get_by_label("Name").fill("Alice")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("cell", name="Alice", exact=True)).to_be_visible()
        # The part of the page that its scripts show.
        page.get_by_text("Filters").first.click()
        expect(page.get_by_text("By active").first).to_be_visible()
        assert not refused, refused
