"""Who may look at the operations console and who may act, on every page that there is.

The pages come from the configuration of URLs: one that is added has to keep these laws.
"""

from __future__ import annotations

import re

import pytest
from django.test import Client

from signalcast.accounts.models import Role
from signalcast.ops.console.tests.addresses import Address, addresses
from signalcast.portal.tests.cast import signed_in, staff

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = addresses("/ops/")
#: Forms that do nothing but prepare an action: those who only look have no use for them.
TO_ACT = {"confirm_redrive", "confirm_jobs", "confirm_order", "edit_rule"}
#: What the owner alone may do.
OWNERS = {"edit_rule"}
#: Answers that say "not in this way".
SHUT, NO_METHOD = 403, 405
#: What a program may be told with 503: that a check failed.
API = "/ops/api/"

every_page = pytest.mark.parametrize("page", PAGES, ids=[page.path for page in PAGES])


def who(role: str) -> Client:
    return signed_in(staff("somebody", role))


def answers(client: Client, page: Address) -> tuple[int, int]:
    """The status of GET and POST."""
    return client.get(page.path).status_code, client.post(page.path).status_code


def test_there_are_pages_to_look_at() -> None:
    assert {"console", "health", "alerts", "queues", "parked", "logs", "audit"} <= {
        page.name for page in PAGES
    }


@every_page
def test_strangers_are_sent_to_the_entrance(page: Address) -> None:
    assert allowed(page) & {"GET", "POST"}
    for answer in (Client().get(page.path), Client().post(page.path)):
        if answer.status_code != NO_METHOD:
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/sign-in/")


def allowed(page: Address) -> set[str]:
    """The methods of a page."""
    answer = Client().put(page.path)
    assert answer.status_code == NO_METHOD, f"{page.path}: say which methods it takes"
    return {method.strip() for method in answer.headers["Allow"].split(",")}


@every_page
@pytest.mark.parametrize("role", [Role.ANALYST, Role.SUBSCRIBER])
def test_whoever_has_no_part_in_it_is_refused(page: Address, role: str) -> None:
    assert set(answers(who(role), page)) <= {SHUT, NO_METHOD}


@every_page
def test_support_looks_and_never_acts(page: Address) -> None:
    got, posted = answers(who(Role.SUPPORT), page)

    assert posted in (SHUT, NO_METHOD)
    if "GET" in allowed(page):
        assert (got == SHUT) == (page.name in TO_ACT), (
            f"{page.path}: OBSERVERS may look; a form that prepares an action belongs into TO_ACT"
        )


@every_page
@pytest.mark.parametrize("role", [Role.OWNER, Role.OPERATOR])
def test_owner_and_operator_look_and_act(page: Address, role: str) -> None:
    for status in answers(who(role), page):
        if role == Role.OPERATOR and page.name in OWNERS:
            assert status == SHUT
        else:
            assert status != SHUT
            assert status < 500 or page.path.startswith(API)


@every_page
def test_a_page_says_nothing_that_support_could_press_and_names_its_command(page: Address) -> None:
    answer = who(Role.SUPPORT).get(page.path)
    kind = answer.headers.get("Content-Type", "")
    if answer.status_code != 200 or not kind.startswith("text/html"):
        return
    text = answer.content.decode()

    actions = re.findall(r'<form method="post" action="([^"]*)"', text)
    assert set(actions) == {"/sign-out/"}
    assert text.count('method="post"') == len(actions)
    assert re.search(r"<code data-shell>signalcast [a-z]+", text), (
        f"{page.path}: extend ops/page.html and fill its block `shell`"
    )
    assert 'aria-current="page"' in text, f"{page.path}: name it in _navigation.html"
    assert not re.search(r'hx-trigger="[^"]*every', text), (
        f"{page.path}: give it data-every; htmx alone asks in hidden tabs and of dead servers too"
    )
