"""Making an account, coming in, and coming in again without the password."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from signalcast.accounts.models import User
from signalcast.core.clock import from_now
from signalcast.core.env import environment
from signalcast.portal.entrance.prune import prune_unproven
from signalcast.portal.tests.cast import signed_in
from signalcast.portal.tests.post_office import PostOffice, post_office
from signalcast.work.models import Job

pytestmark = [pytest.mark.django_db(transaction=True)]

PASSWORD, NEW = "correct horse", "battery staple"


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


def page(answer: Any) -> str:
    """What a page says in the end."""
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post("/sign-in/", {"login": email, "password": password}, follow=True)


def sign_up(client: Client, email: str) -> Any:
    return client.post("/sign-up/", {"email": email, "password1": PASSWORD}, follow=True)


def change_email(client: Client, email: str) -> Any:
    """Ask for it, and say the password once more, as is wanted then."""
    asked = {"email": email, "action_add": ""}
    assert "Is it you?" in page(client.post("/app/account/email/", asked, follow=True))
    again = "/app/account/again/?next=/app/account/email/"
    return client.post(again, {"password": PASSWORD}, follow=True)


def is_in(client: Client) -> bool:
    return client.get("/app/account/").status_code == 200


@pytest.mark.storage
def test_somebody_signs_up_proves_the_address_and_is_in(post: PostOffice) -> None:
    client = Client()
    assert "Make an account" in page(client.get("/sign-in/"))
    assert "Enter the code" in page(sign_up(client, "New@Example.org"))
    assert not is_in(client)

    client.post("/sign-up/code/", {"code": post.code("new@example.org")})

    assert is_in(client)
    user = User.objects.get()
    assert user.email == "new@example.org"
    assert user.roles() == {"subscriber"}


@pytest.mark.storage
def test_who_does_not_prove_an_address_within_a_week_is_forgotten(post: PostOffice) -> None:
    sign_up(Client(), "mistyped@example.org")
    sign_up(Client(), "late@example.org")
    proving = Client()
    sign_up(proving, "new@example.org")
    proving.post("/sign-up/code/", {"code": post.code("new@example.org")})
    User.objects.create_user("loaded@example.org")
    old = User.objects.exclude(email="late@example.org")
    old.update(created_at=from_now(-8 * 86_400))

    assert prune_unproven() == 1
    left = set(User.objects.values_list("email", flat=True))
    assert left == {"late@example.org", "new@example.org", "loaded@example.org"}


def test_a_wrong_code_lets_nobody_in_and_the_third_is_the_last(post: PostOffice) -> None:
    client = Client()
    sign_up(client, "new@example.org")
    code = post.code("new@example.org")
    for _ in range(2):
        assert "does not fit" in page(client.post("/sign-up/code/", {"code": "AAA-AAA"}))
    client.post("/sign-up/code/", {"code": "AAA-AAA"})

    client.post("/sign-up/code/", {"code": code})
    assert not is_in(client)


def test_a_password_is_no_use_before_the_address_is_proved(post: PostOffice) -> None:
    sign_up(Client(), "new@example.org")
    client = Client()

    sign_in(client, "new@example.org")

    assert not is_in(client)


def test_an_address_with_an_account_is_answered_like_any_other(post: PostOffice) -> None:
    User.objects.create_user("alice@example.org", PASSWORD)

    def answered(path: str, email: str, **form: str) -> tuple[list[Any], str]:
        answer = Client().post(path, {"email": email} | form, follow=True)
        lines = page(answer).replace(email, "").splitlines()
        same = [line for line in lines if "csrfmiddlewaretoken" not in line]
        return answer.redirect_chain, "\n".join(same)

    for path, form in (("/sign-up/", {"password1": PASSWORD}), ("/sign-in/reset/", {})):
        known = answered(path, "alice@example.org", **form)
        unknown = answered(path, "nobody@example.org", **form)
        assert known == unknown, path
    assert "has one already" in str(post.mails("alice@example.org")[0].get_content())
    assert len(post.mails("alice@example.org")) == len(post.mails("nobody@example.org"))


def test_a_forgotten_password_is_set_anew_by_a_code_and_others_are_out(post: PostOffice) -> None:
    user = User.objects.create_user("alice@example.org", PASSWORD)
    elsewhere, client = signed_in(user), Client()
    client.post("/sign-in/reset/", {"email": "alice@example.org"})
    client.post("/sign-in/reset/code/", {"code": post.code("alice@example.org")})
    form = {"password1": NEW, "password2": NEW}

    assert "is changed" in page(client.post("/sign-in/reset/password/", form, follow=True))

    assert not is_in(elsewhere)
    assert "do not fit together" in page(sign_in(Client(), "alice@example.org"))
    sign_in(client, "alice@example.org", NEW)
    assert is_in(client)
    assert "If that was not you" in post.newest("alice@example.org")


def test_what_a_job_holds_tells_nobody_the_code(post: PostOffice) -> None:
    User.objects.create_user("alice@example.org", PASSWORD)
    Client().post("/sign-in/reset/", {"email": "alice@example.org"})
    code = post.code("alice@example.org")

    told = str(list(Job.objects.values()))

    assert code not in told
    assert "alice@example.org" not in told


def test_an_address_is_changed_once_the_new_one_is_proved(post: PostOffice) -> None:
    User.objects.create_user("alice@example.org", PASSWORD)
    client = Client()
    sign_in(client, "alice@example.org")
    assert "Enter the code" in page(change_email(client, "Alicia@example.org"))
    assert User.objects.get().email == "alice@example.org"

    client.post("/sign-up/code/", {"code": post.code("alicia@example.org")})

    assert User.objects.get().email == "alicia@example.org"
    assert "alicia@example.org" in post.newest("alice@example.org")
    sign_in(other := Client(), "alicia@example.org")
    assert is_in(other)


@pytest.mark.storage
def test_an_address_of_somebody_else_cannot_become_ones_own(post: PostOffice) -> None:
    sign_up(Client(), "bob@example.org")
    User.objects.create_user("alice@example.org", PASSWORD)
    client = Client()
    sign_in(client, "alice@example.org")
    change_email(client, "bob@example.org")

    client.post("/sign-up/code/", {"code": post.code("bob@example.org")}, follow=True)

    assert set(User.objects.values_list("email", flat=True)) == {
        "alice@example.org",
        "bob@example.org",
    }


def test_a_password_is_changed_by_who_knows_it(post: PostOffice) -> None:
    User.objects.create_user("alice@example.org", PASSWORD)
    client = Client()
    sign_in(client, "alice@example.org")
    form = {"oldpassword": "wrong", "password1": NEW, "password2": NEW}
    assert "not your password" in page(client.post("/app/account/password/", form))

    client.post("/app/account/password/", form | {"oldpassword": PASSWORD})

    assert is_in(client)
    assert User.objects.get().check_password(NEW)


@pytest.mark.parametrize("email", ["alice@example.org", "nobody@example.org"])
def test_too_many_tries_at_one_account_shut_it_for_a_while_wherever_they_come_from(
    email: str,
) -> None:
    User.objects.create_user("alice@example.org", PASSWORD)
    told = []
    for number in range(6):
        client = Client(REMOTE_ADDR=f"203.0.113.{number}", HTTP_HOST=f"h{number}.example.org")
        told.append("Too many tries" in page(sign_in(client, email, "wrong")))

    assert told == [False] * 5 + [True]
    client = Client(REMOTE_ADDR="203.0.113.9")
    assert "Too many tries" in page(sign_in(client, email))


def test_too_many_tries_from_one_address_shut_it_for_a_while_whomever_they_are_at() -> None:
    User.objects.create_user("alice@example.org", PASSWORD)
    for number in range(10):
        sign_in(Client(), f"nobody{number}@example.org", "wrong")

    assert "Too many tries" in page(sign_in(Client(), "alice@example.org"))
    sign_in(client := Client(REMOTE_ADDR="203.0.113.1"), "alice@example.org")
    assert is_in(client)


def test_a_hash_of_other_parameters_fits_and_is_made_anew() -> None:
    # Of the same password, as Django makes it by itself.
    old = (
        "argon2$argon2id$v=19$m=102400,t=2,p=8$UVpwYkJoUEpHWHU0dDZ3SA"
        "$DjO9JWbv6w9zQQ71l+HnwYUnMNklFoMxIFgDRYmTB+8"
    )
    user = User.objects.create_user("alice@example.org")
    User.objects.filter(pk=user.pk).update(password=old)
    client = Client()

    sign_in(client, "alice@example.org")

    assert is_in(client)
    user.refresh_from_db()
    assert user.password != old
    assert not identify_hasher(user.password).must_update(user.password)


def test_nobody_can_sign_up_or_have_a_code_while_no_mail_can_be_sent() -> None:
    assert "Nobody can sign up here" in page(Client().get("/sign-up/"))
    assert "Nobody can sign up here" in page(sign_up(Client(), "new@example.org"))
    assert "Make an account" not in page(Client().get("/sign-in/"))
    assert "has no mail server" in page(Client().post("/sign-in/reset/", {"email": "a@b.org"}))
    assert not User.objects.exists()


def test_an_owner_who_makes_all_accounts_lets_nobody_sign_up(
    post: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNALCAST_SIGN_UP", "no")
    environment.cache_clear()
    try:
        assert "Nobody can sign up here" in page(sign_up(Client(), "new@example.org"))
    finally:
        monkeypatch.undo()
        environment.cache_clear()


@pytest.mark.parametrize(
    "email",
    ["", "alice", "alice@", "@example.org", "a b@example.org", "jürgen@example.org", "a@b\x00.org",
     "alice@example.org\nBcc: bob@example.org", "a" * 250 + "@example.org", "\u202ea@example.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_a_sentence(post: PostOffice, email: str) -> None:
    for path in ("/sign-up/", "/sign-in/reset/", "/sign-in/"):
        answer = Client().post(path, {"email": email, "login": email, "password1": PASSWORD})
        assert 'class="field wrong"' in page(answer), path
    assert not User.objects.exists()


@pytest.mark.parametrize("email", ["a+b@example.org", "O'Neil@example.org", "a@münchen.example"])
def test_odd_addresses_that_mail_reaches_are_taken(post: PostOffice, email: str) -> None:
    client = Client()
    assert "Enter the code" in page(sign_up(client, email))
    client.post("/sign-up/code/", {"code": post.code(User.objects.get().email)})

    sign_in(again := Client(), email.upper())

    assert is_in(again)


def test_after_signing_in_one_goes_where_one_wanted_and_never_to_another_site() -> None:
    User.objects.create_user("alice@example.org", PASSWORD)

    def lands(wanted: str) -> str:
        form = {"login": "alice@example.org", "password": PASSWORD, "next": wanted}
        return str(Client().post("/sign-in/", form).headers["Location"])

    assert lands("/app/deliveries/") == "/app/deliveries/"
    for elsewhere in ("https://example.net/", "//example.net/", "javascript:alert(1)"):
        assert lands(elsewhere) == "/"


def test_an_account_that_is_closed_stays_out() -> None:
    User.objects.create_user("alice@example.org", PASSWORD, is_active=False)
    client = Client()

    assert "is closed" in page(sign_in(client, "alice@example.org"))
    assert not is_in(client)


def test_the_entrance_and_the_account_take_few_statements() -> None:
    user = User.objects.create_user("alice@example.org", PASSWORD)

    def statements(client: Client, path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client.get(path))
        return len(queries)

    assert statements(Client(), "/sign-in/") == 1  # whether there is a mail server
    assert statements(signed_in(user), "/app/account/") == 3  # session, person, roles
