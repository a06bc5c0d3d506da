"""The ways of a subscriber and of an owner through the pages, in a browser, to the end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import stripe
from playwright.sync_api import Browser, Page, Route, expect

from signalcast.channels.email.tests.peer import Peer as Post
from signalcast.channels.email.tests.peer import account
from signalcast.channels.telegram.tests.peer import Peer as Telegram
from signalcast.core import clock
from signalcast.payments.gateways.stripe.tests.provider import Provider
from signalcast.payments.gateways.stripe.tests.server import Server
from tests.acceptance.browser import assert_accessible, chromium, page_of, sign_in
from tests.acceptance.database import Database
from tests.acceptance.happenings import picture
from tests.acceptance.installation import Installation, installation
from tests.acceptance.poster import TOKEN, Poster, request
from tests.acceptance.receivers import Receivers
from tests.acceptance.test_accounts import NEW, PASSWORD, code
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

OLGA, PAT = "olga@example.org", "pat@example.org"
HOOK_SECRET = "whsec_of_a_test"
CHAT = "77"


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    """Telegram, which has to be there before the browser: both begin a loop in this thread."""
    with Telegram() as peer:
        yield peer


@pytest.fixture
def browser(telegram: Telegram) -> Iterator[Browser]:
    """Chromium."""
    with chromium() as made:
        yield made


@pytest.fixture
def post() -> Iterator[Post]:
    """A mail server."""
    with Post() as peer:
        yield peer


class Shop:
    """Stripe's own pages, which the browser is led to, and what Stripe then tells."""

    def __init__(self, server: Server, made: Installation) -> None:
        self.server, self.made = server, made
        self.told = 0

    def serve(self, page: Page) -> None:
        """Be at the address of the checkout, which is on no machine."""
        page.route(re.compile(r"https://checkout\.example/.*"), self._answer)

    def _answer(self, route: Route) -> None:
        session = self.server.provider.objects[route.request.url.rpartition("/")[2]]
        if route.request.method == "POST":
            self.server.provider.pay(session["id"])
            body = f"<h1>Paid</h1><a href='{self._back(session)}'>Back to the shop</a>"
        else:
            body = "<h1>Stripe</h1><form method='post'><button>Pay</button></form>"
        route.fulfill(status=200, content_type="text/html", body=body)

    def _back(self, session: dict[str, Any]) -> str:
        return str(session["success_url"])

    def tell(self) -> None:
        """Post what happened since the last time, as Stripe does."""
        provider = self.server.provider
        for event in provider.events[self.told :]:
            body = json.dumps(event)
            header = stripe.WebhookSignature.generate_signature_header(body, HOOK_SECRET)
            answer = request(
                f"{self.made.url}/hooks/payments/stripe",
                "POST",
                body.encode(),
                {"Stripe-Signature": header, "Content-Type": "application/json"},
            )
            assert answer.status == 200, answer
        self.told = len(provider.events)


def selling_by_card(directory: Path, server: Server) -> AbstractContextManager[Installation]:
    """An installation that is paid through Stripe."""
    return installation(
        directory,
        Database(),
        SIGNALCAST_STRIPE_KEY="sk_test_1",
        SIGNALCAST_STRIPE_WEBHOOK_SECRET=HOOK_SECRET,
        SIGNALCAST_STRIPE_API=server.address,
        SIGNALCAST_SELLER="Signals Ltd",
    )


def plan(slug: str, **more: Any) -> dict[str, Any]:
    return {
        "slug": slug, "name": slug.capitalize(), "price": "29", "currency": "EUR",
        "interval": "month", "feeds": ["crypto"], "channels": ["webhook", "telegram"],
        "family": slug,
    } | more  # fmt: skip


def document(post: Post, telegram: Telegram | None = None) -> dict[str, Any]:
    """A seller with two plans, an owner, and a subscriber without a plan."""
    accounts = [{"channel": "email", "name": "mail", "settings": json.loads(account(post.port))}]
    if telegram:
        settings = json.loads(telegram.account())
        accounts.append({"channel": "telegram", "name": "desk", "settings": settings})
    return {
        "accounts": accounts,
        "feeds": [{"slug": "crypto", "name": "Crypto"}],
        "plans": [plan("gold"), plan("silver", trial_days=7, grace_days=0)],
        "sources": [{"slug": "desk", "feed": "crypto", "token": TOKEN, "publish": "auto"}],
        "users": [
            {"email": OLGA, "password": PASSWORD, "roles": ["owner"]},
            {"email": PAT, "password": PASSWORD, "roles": ["subscriber"]},
        ],
    }


def sign_up(page: Page, url: str, post: Post) -> None:
    page.goto(f"{url}/plans/")
    assert_accessible(page)
    page.goto(f"{url}/sign-up/")
    page.get_by_label("E-mail address").fill(NEW)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make an account").click()
    page.get_by_label("Code").fill(code(post))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    expect(page.get_by_role("heading", name="You have no plan")).to_be_visible()
    assert_accessible(page)


def subscribe_by_card(page: Page, shop: Shop, url: str) -> None:
    page.get_by_role("link", name="Choose a plan").click()
    page.get_by_role("link", name="Subscribe").click()
    page.get_by_label("Card and other ways (Stripe)").check()
    assert_accessible(page)
    pay(page, shop)
    assert_accessible(page)
    page.goto(f"{url}/app/")
    expect(page.get_by_role("heading", name="Gold")).to_be_visible()
    expect(page.get_by_text("The next payment is 29.00 EUR on")).to_be_visible()


def pay(page: Page, shop: Shop) -> None:
    """Go to Stripe's page from the checkout, pay there, and come back."""
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stripe")
    page.get_by_role("button", name="Pay").click()
    page.get_by_role("link", name="Back to the shop").click()
    expect(page.get_by_text("As soon as the payment is confirmed")).to_be_visible()
    shop.tell()
    wait_for(lambda: _shows(page, "Invoices"), within=30, every=1, message="it is paid")


def _shows(page: Page, text: str) -> bool:
    page.reload()
    return page.get_by_role("heading", name=text).is_visible()


def connect(page: Page, made: Installation, targets: Receivers, telegram: Telegram) -> None:
    page.goto(f"{made.url}/app/destinations/add/webhook/")
    page.get_by_label("Address", exact=True).fill(targets.url("new"))
    assert_accessible(page)
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="The webhook is added")).to_be_visible()
    assert_accessible(page)

    page.goto(f"{made.url}/app/destinations/add/telegram/")
    command = page.locator("#code-1").inner_text()
    message = {"message_id": 1, "date": 1, "chat": {"id": int(CHAT), "type": "private"}}
    telegram.updates = [{"update_id": 1, "message": message | {"text": command}}]
    wait_for(lambda: telegram.texts(CHAT), within=60, message="the bot answers")
    page.goto(f"{made.url}/app/destinations/")
    expect(page.get_by_role("heading", name=f"Telegram {CHAT}")).to_be_visible()
    assert_accessible(page)


def test_a_subscriber_comes_pays_is_reached_and_leaves(
    directory: Path, targets: Receivers, post: Post, telegram: Telegram, browser: Browser
) -> None:
    with (
        Server(Provider(now=int(clock.now().timestamp()))) as server,
        selling_by_card(directory, server) as made,
        page_of(browser) as page,
    ):
        made.prepare(document(post, telegram))
        made.run("collectstatic")
        made.start_all(workers=1, senders=1)
        made.start("telegram")
        shop = Shop(server, made)
        shop.serve(page)

        sign_up(page, made.url, post)
        subscribe_by_card(page, shop, made.url)
        connect(page, made, targets, telegram)

        Poster(made.url).insist("first")
        wait_for(lambda: targets.of("new"), within=60, message="the webhook is reached")
        wait_for(lambda: len(telegram.texts(CHAT)) > 1, within=60, message="the chat is reached")
        page.goto(f"{made.url}/app/")
        expect(page.get_by_role("link", name="BTCUSDT")).to_be_visible()
        assert_accessible(page)

        try_another_plan_until_the_trial_is_over(page, made)
        cancel_the_paid_one(page, shop, made)


def try_another_plan_until_the_trial_is_over(page: Page, made: Installation) -> None:
    page.goto(f"{made.url}/plans/")
    page.get_by_role("button", name="Start the trial").click()
    page.goto(f"{made.url}/app/subscription/")
    expect(page.get_by_text("On trial")).to_be_visible()
    assert_accessible(page)
    # Seven days later.
    made.query(
        "__import__('signalcast.plans.models').plans.models.Subscription.objects.filter("
        "plan__slug='silver').update(ends_at=Now(), period_end=Now(), trial_ends_at=Now())"
    )
    page.reload()
    expect(page.get_by_text("On trial")).to_be_hidden()
    expect(page.get_by_text("Over")).to_be_visible()


def cancel_the_paid_one(page: Page, shop: Shop, made: Installation) -> None:
    card = page.locator("section.card", has=page.get_by_role("heading", name="Gold"))
    card.locator("summary", has_text="Cancel").click()
    card.get_by_role("button", name="Cancel it").click()
    expect(page.get_by_text("It ends with its period. Until then nothing changes.")).to_be_visible()
    expect(page.get_by_text("Ends soon")).to_be_visible()
    # What is done every five minutes.
    made.query(
        "__import__('signalcast.payments.settle_agreements', fromlist=['x']).settle_agreements()"
    )
    [subscription] = shop.server.provider.all("subscription")
    assert subscription["cancel_at_period_end"]
    shop.tell()
    page.reload()
    expect(page.get_by_text("Ends soon")).to_be_visible()


def test_an_owner_approves_a_transfer_pays_it_back_and_finds_both_in_the_ledger(
    directory: Path, post: Post, browser: Browser
) -> None:
    with (
        installation(
            directory,
            Database(),
            SIGNALCAST_BANK_DETAILS="Signals Ltd\\nDE00 1234",
            SIGNALCAST_SELLER="Signals Ltd",
        ) as made,
        page_of(browser) as mine,
        page_of(browser) as owners,
    ):
        made.prepare(document(post))
        made.run("collectstatic")
        made.start_all(workers=1, senders=1)

        sign_in(mine, made.url, PAT, PASSWORD)
        mine.goto(f"{made.url}/app/checkout/gold/")
        mine.get_by_role("button", name="Pay", exact=True).click()
        expect(mine.get_by_role("heading", name="Transfer the money")).to_be_visible()
        mine.get_by_label("Proof of the transfer").set_input_files(
            {"name": "proof.png", "mimeType": "image/png", "buffer": picture()}
        )
        mine.get_by_role("button", name="Upload").click()
        expect(mine.get_by_role("heading", name="Files")).to_be_visible()
        assert_accessible(mine)

        sign_in(owners, made.url, OLGA, PASSWORD)
        owners.goto(f"{made.url}/app/approvals/")
        assert_accessible(owners)
        owners.get_by_role("button", name="Approve: the money is there").click()
        owners.get_by_role("heading", level=1).wait_for()
        mine.goto(f"{made.url}/app/")
        expect(mine.get_by_role("heading", name="Gold")).to_be_visible()

        charge = mine.goto(f"{made.url}/app/payments/")
        assert charge
        owners.goto(f"{made.url}{_only_payment(mine)}")
        assert_accessible(owners)
        owners.get_by_label("Reason").fill("They changed their mind.")
        owners.get_by_role("button", name="Pay back").click()
        expect(owners.get_by_role("heading", name="Paid back")).to_be_visible()
        owners.goto(f"{made.url}/app/ledger/")
        assert_accessible(owners)
        ledger = owners.get_by_role("main").inner_text()
        assert ledger.count("29.00 EUR") >= 2
        mine.goto(f"{made.url}/app/")
        expect(mine.get_by_role("heading", name="You have no plan")).to_be_visible()


def test_who_has_no_javascript_pays_and_reads_signals(
    directory: Path, post: Post, browser: Browser
) -> None:
    with (
        Server(Provider(now=int(clock.now().timestamp()))) as server,
        selling_by_card(directory, server) as made,
        page_of(browser, java_script_enabled=False) as page,
    ):
        made.prepare(document(post))
        made.run("collectstatic")
        made.start_all(workers=1, senders=1)
        shop = Shop(server, made)
        shop.serve(page)
        sign_in(page, made.url, PAT, PASSWORD)
        page.goto(f"{made.url}/plans/")
        page.get_by_role("link", name="Subscribe").first.click()
        page.get_by_label("Card and other ways (Stripe)").check()
        pay(page, shop)

        Poster(made.url).insist("first")
        page.goto(f"{made.url}/app/signals/")
        signal = page.get_by_role("link", name="BTCUSDT")
        wait_for(lambda: page.reload() and signal.count(), within=60, every=1, message="a signal")
        signal.first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("BTCUSDT")


def _only_payment(page: Page) -> str:
    found = page.locator("a[href^='/app/payments/']").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    [path] = {path for path in found if re.fullmatch(r"/app/payments/[0-9a-f-]{36}/", path)}
    return str(path)
