"""Every kind of page is there, and can be read by everybody: by day, by night, on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.acceptance.browser import assert_accessible, page_of, sign_in
from tests.acceptance.crawl import crawl
from tests.acceptance.database import Database
from tests.acceptance.happenings import OLGA, PAT
from tests.acceptance.installation import Installation, installation
from tests.acceptance.poster import TOKEN, Poster
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

TO_REVIEW = "token-of-what-is-looked-at"
UNDECIDED = "Receipt.objects.filter(due__isnull=False).count()"
PASSWORD = "correct-horse-1"
STRANGERS = "pricing plan status legal account_login account_reset_password"
SUBSCRIBERS = """
    dashboard signals signal deliveries destinations add_destination preferences pricing checkout
    subscription payments payment tickets ticket new_ticket account account_profile account_email
    account_close account_export account_tokens account_token_new mfa_index mfa_add_webauthn
    mfa_activate_totp usersessions_list account_change_password api legal
"""
OWNERS = """
    dashboard start signals signal deliveries destinations review correct publish update close
    feeds create_feed edit_feed sources create_source edit_source add_account edit_account
    announcements announce wordings edit_wording plans create_plan edit_plan coupons create_coupon
    edit_coupon subscribers subscriber grant_plan approvals payments payment ledger revenue
    settings legal_text mail_texts mail_text ticket_desk ticket look_as
    console queues decisions jobs job fan_outs fan_out schedules parked health alerts alert
    edit_rule logs audit admin:index admin:changelist admin:change
"""


@pytest.fixture
def made(directory: Path, targets: Receivers) -> Iterator[Installation]:
    """A shop in which a bit of everything has happened."""
    with installation(
        directory,
        Database(),
        SIGNALCAST_BANK_DETAILS="Signals Ltd",
        SIGNALCAST_SELLER="Signals Ltd",
        SIGNALCAST_STATUS_PAGE="1",
    ) as made:
        made.prepare(document(targets))
        made.run("collectstatic")
        made.start_all(workers=1, senders=1)
        Poster(made.url).insist("first")
        wait_for(lambda: targets.of("pat"), within=60, message="the subscriber is reached")
        Poster(made.url, TO_REVIEW).insist("to look at")
        wait_for(lambda: made.query(UNDECIDED) == 0, within=60, message="both are decided on")
        made.query("__import__('tests.acceptance.happenings', fromlist=['happen']).happen()")
        yield made


def document(targets: Receivers) -> dict[str, Any]:
    """A feed, plans, an owner and a subscriber."""
    plan = {
        "price": "29", "currency": "EUR", "interval": "month", "feeds": ["crypto"],
        "channels": ["webhook", "email"],
    }  # fmt: skip
    hook = {"channel": "webhook", "url": targets.url("pat"), "secret": "whsec_MfKQ9r8GKYqrTwjU"}
    return {
        "feeds": [{"slug": "crypto", "name": "Crypto"}],
        "plans": [
            {"slug": slug, "name": slug.title(), "family": slug} | plan
            for slug in ("gold", "silver", "bronze")
        ],
        "sources": [
            {"slug": "desk", "feed": "crypto", "token": TOKEN, "publish": "auto"},
            {"slug": "chat", "feed": "crypto", "token": TO_REVIEW, "publish": "review"},
        ],
        "users": [
            {"email": OLGA, "password": PASSWORD, "roles": ["owner"]},
            {
                "email": PAT, "password": PASSWORD, "roles": ["subscriber"], "plans": ["gold"],
                "destinations": [hook],
            },
        ],
    }  # fmt: skip


def test_every_page_can_be_read_by_everybody(made: Installation, browser: Browser) -> None:
    with page_of(browser) as page:
        for_strangers = crawl(page, made.url, "/plans/", "/plans/gold/", "/status/")
        page.goto(f"{made.url}/no/such/page/")
        assert_accessible(page)
    with page_of(browser) as page:
        sign_in(page, made.url, PAT, PASSWORD)
        for_subscribers = crawl(page, made.url, "/app/")
    with page_of(browser) as page:
        sign_in(page, made.url, OLGA, PASSWORD)
        for_owners = crawl(page, made.url, "/app/", "/ops/queues/decisions/")

    # What is added is found by itself; these are the ones that everything else hangs on.
    assert for_strangers >= set(STRANGERS.split())
    assert for_subscribers >= set(SUBSCRIBERS.split())
    assert for_owners >= set(OWNERS.split())
