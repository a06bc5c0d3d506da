"""Who may see and do what: every address outside the console against every role.

The addresses come from the configuration of URLs: a page that is added has to be named here. The
console's own are held to its laws in signalcast/ops/console/tests/test_access.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from django.test import Client

from signalcast.accounts.models import STAFF_ROLES, Role
from signalcast.ops.console.tests.addresses import Address, addresses
from signalcast.portal.tests.cast import signed_in, staff

pytestmark = pytest.mark.django_db

STRANGER = "stranger"
ROLES = (STRANGER, *Role.values)
PAGES = [page for page in addresses("/") if not page.path.startswith("/ops/")]
NO_METHOD, SHUT = 405, 403

NOBODY: frozenset[str] = frozenset()
EVERYBODY = frozenset(ROLES)
PEOPLE = frozenset(Role.values)
STAFF = frozenset(map(str, STAFF_ROLES))
REVIEWERS = frozenset({"owner", "operator", "analyst"})
MANAGERS = frozenset({"owner", "operator"})
WRITERS = frozenset({"owner", "analyst"})
OBSERVERS = MANAGERS | {"support"}
LOOKERS = frozenset({"owner", "support"})
OWNER = frozenset({"owner"})

#: Who may look (GET) and who may act (POST), nobody where a page takes no such request: then its
#: names. What somebody gets at there is a matter of whose it is, which other tests see to.
TABLE: tuple[tuple[frozenset[str], frozenset[str], str], ...] = (
    (EVERYBODY, NOBODY, "status account_inactive account_password_reset_completed"),
    (EVERYBODY, EVERYBODY, "account_login account_logout account_signup unsubscribe"),
    (EVERYBODY, EVERYBODY, "account_email_verification_sent account_reset_password"),
    (EVERYBODY, EVERYBODY, "account_confirm_password_reset_code account_complete_password_reset"),
    (EVERYBODY, EVERYBODY, "mfa_authenticate mfa_login_webauthn"),
    (EVERYBODY, NOBODY, "socialaccount_login_error socialaccount_login_cancelled"),
    (EVERYBODY, EVERYBODY, "socialaccount_signup"),
    (EVERYBODY, NOBODY, "openid_connect_login openid_connect_callback"),
    (PEOPLE, PEOPLE, "socialaccount_connections"),
    (NOBODY, EVERYBODY, "bounces"),
    (PEOPLE, NOBODY, "home dashboard account signals signal deliveries destinations"),
    (PEOPLE, NOBODY, "destination"),
    (PEOPLE, NOBODY, "mfa_index mfa_list_webauthn"),
    (PEOPLE, NOBODY, "mfa_view_recovery_codes mfa_download_recovery_codes"),
    (PEOPLE, PEOPLE, "account_profile account_email account_change_password account_set_password"),
    (PEOPLE, PEOPLE, "account_reauthenticate mfa_reauthenticate mfa_reauthenticate_webauthn"),
    (PEOPLE, PEOPLE, "mfa_activate_totp mfa_deactivate_totp mfa_generate_recovery_codes"),
    (PEOPLE, PEOPLE, "mfa_add_webauthn mfa_remove_webauthn usersessions_list"),
    (PEOPLE, PEOPLE, "account_export account_close add_destination"),
    (PEOPLE, NOBODY, "account_export_file"),
    (PEOPLE, PEOPLE, "preferences"),
    (PEOPLE, NOBODY, "account_tokens"),
    (PEOPLE, PEOPLE, "account_token_new"),
    (NOBODY, PEOPLE, "account_token_revoke"),
    (EVERYBODY, EVERYBODY, "api api_root"),  # tests/contracts/test_api_access.py has its own table
    (NOBODY, PEOPLE, "change_destination"),
    (STAFF, NOBODY, "review review_picture"),
    (REVIEWERS, NOBODY, "submitted"),
    (REVIEWERS, REVIEWERS, "correct"),
    (NOBODY, REVIEWERS, "decide look"),
    (WRITERS, WRITERS, "publish update close cancel"),
    (MANAGERS, NOBODY, "start feeds sources alert announcements"),
    (MANAGERS, MANAGERS, "create_feed edit_feed create_source edit_source announce"),
    (MANAGERS, MANAGERS, "add_account edit_account"),
    (NOBODY, MANAGERS, "cancel_delivery pause_source rotate send_test_signal"),
    (LOOKERS, LOOKERS, "look_as"),
    (NOBODY, EVERYBODY, "end_look_as"),
    (OWNER, NOBODY, "wordings"),
    (OWNER, OWNER, "edit_wording"),
    (NOBODY, OWNER, "reset_wording"),
    (EVERYBODY, NOBODY, "pricing plan"),
    (PEOPLE, NOBODY, "subscription"),
    (PEOPLE, PEOPLE, "alternatives"),
    (NOBODY, PEOPLE, "choose change_subscription"),
    (OBSERVERS, NOBODY, "revenue revenue_file"),
    (OWNER, OWNER, "settings legal_text mail_text"),
    (OWNER, NOBODY, "mail_texts"),
    (NOBODY, OWNER, "reset_mail"),
    (EVERYBODY, NOBODY, "legal brand_css brand_logo"),
    (OBSERVERS, NOBODY, "plans coupons subscribers subscriber"),
    (MANAGERS, MANAGERS, "grant_plan"),
    (NOBODY, MANAGERS, "end_subscription"),
    (OWNER, OWNER, "create_plan edit_plan create_coupon edit_coupon"),
    (NOBODY, OWNER, "archive_plan archive_coupon"),
    (NOBODY, EVERYBODY, "payment_events"),
    (PEOPLE, PEOPLE, "checkout payment"),
    (PEOPLE, NOBODY, "payments proof invoice"),
    (NOBODY, PEOPLE, "cards"),
    (OBSERVERS, NOBODY, "approvals ledger"),
    (NOBODY, MANAGERS, "decide_payment refund"),
    (PEOPLE, NOBODY, "tickets ticket_file"),
    (PEOPLE, PEOPLE, "new_ticket ticket"),
    (NOBODY, PEOPLE, "change_ticket"),
    (OBSERVERS, NOBODY, "ticket_desk"),
)
RULES = {name: (look, act) for look, act, names in TABLE for name in names.split()}


def let_in(people: Mapping[str, Client], method: str, path: str) -> set[str]:
    """The roles that the page itself answers, and neither the entrance nor a refusal."""
    found = set()
    for role, browser in people.items():
        answer = browser.generic(method, path)
        entrance = answer.headers.get("Location", "").startswith("/sign-in/?next=")
        assert answer.status_code < 500, (role, method, path)
        if answer.status_code not in (NO_METHOD, SHUT) and not entrance:
            found.add(role)
    return found


def somebody(role: str) -> Client:
    """A browser of somebody with nothing but ROLE."""
    if role == STRANGER:
        return Client()
    return signed_in(staff(role, role))


@pytest.mark.parametrize("page", PAGES, ids=[page.path for page in PAGES])
def test_a_page_lets_in_whom_the_table_says_and_nobody_else(page: Address) -> None:
    assert page.name in RULES, f"{page.path}: say in TABLE who may look and who may act"
    look, act = RULES[page.name]

    people = {role: somebody(role) for role in ROLES}

    assert let_in(people, "GET", page.path) == look
    assert let_in(people, "POST", page.path) == act


def test_the_table_has_no_page_that_is_gone() -> None:
    assert RULES.keys() == {page.name for page in PAGES}
