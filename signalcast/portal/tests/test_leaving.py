"""Taking along what is kept of one, and going."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from signalcast.accounts.models import AccountExport, AuditEntry, RoleGrant, User
from signalcast.accounts.prune import prune_exports
from signalcast.channels.models import Destination
from signalcast.core.clock import from_now
from signalcast.delivery.models import Delivery
from signalcast.delivery.publish import publish
from signalcast.payments.issue_invoice import issue_invoice
from signalcast.payments.models import Charge
from signalcast.plans.models import Subscription
from signalcast.portal.tests.cast import NEW, Cast, signed_in, staff
from signalcast.portal.tests.post_office import post_office
from signalcast.work.models import Job
from signalcast.work.run_jobs import run_jobs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]

PASSWORD = "correct horse"
DELETE = "/app/account/delete/"


def archive(client: Client) -> dict[str, Any]:
    """The files that somebody fetches."""
    client.post("/app/account/data/")
    assert "being put together" in client.get("/app/account/data/").content.decode()
    run_jobs()
    assert "Fetch the file" in client.get("/app/account/data/").content.decode()
    answer = client.get("/app/account/data/file/")
    assert answer.headers["Cache-Control"] == "no-store"
    with ZipFile(BytesIO(answer.content)) as held:
        return {name: json.loads(held.read(name)) for name in held.namelist()}


def owner(cast: Cast) -> User:
    """Alice, with a password."""
    user = cast.world.alice.owner
    assert user is not None
    user.set_password(PASSWORD)
    user.save()
    return user


def prove(client: Client) -> None:
    """Say the password once more."""
    client.post(client.get(DELETE).headers["Location"], {"password": PASSWORD})


def leave(user: User) -> Any:
    client = signed_in(user)
    prove(client)
    return client.post(DELETE, {"sure": "yes"}, follow=True)


def test_somebody_takes_along_everything_that_is_kept_and_nothing_of_others(cast: Cast) -> None:
    user = owner(cast)
    paid = Charge.objects.create(
        user=user, plan_name="Gold", gateway="manual", amount=2900, currency="EUR", state="paid"
    )
    issue_invoice(paid, "invoice", key="paid", words="Gold", amount=2900, tax=0, rate="")
    start = Subscription.objects.get(user=user)
    start.changes.create(plan=start.plan, to_state="active", by="olga@example.org", why="")

    files = archive(signed_in(user))

    (account,) = files["account.json"]
    assert "alice" in account["email"]
    assert len(files["channels.destination.json"]) == 1
    assert len(files["plans.subscription.json"]) == 1
    (invoice,) = files["payments.invoice.json"]
    assert invoice["number"] == paid.invoices.get().number
    (change,) = files["plans.subscriptionchange.json"]
    assert change["to_state"] == "active"
    assert len(files["deliveries.json"]) == Delivery.objects.count() == 1
    assert "bob" not in json.dumps(files)
    assert "olga" not in json.dumps(files)


def test_what_is_taken_along_holds_no_secret(cast: Cast) -> None:
    user = owner(cast)
    Destination.objects.filter(owner=user).update(secret="whsec_confidential")

    told = json.dumps(archive(signed_in(user)))

    assert "confidential" not in told
    assert user.password not in told
    assert "session_key" not in told


def test_nobody_fetches_what_somebody_else_asked_for(cast: Cast) -> None:
    archive(signed_in(owner(cast)))

    assert cast.bob.get("/app/account/data/file/").status_code == 404


def test_asking_twice_is_one_job_and_old_files_are_forgotten(cast: Cast) -> None:
    client = signed_in(owner(cast))
    for _ in range(2):
        client.post("/app/account/data/")
    assert Job.objects.filter(name="export_account").count() == 1
    run_jobs()

    AccountExport.objects.update(asked_at=from_now(-8 * 86_400))
    assert prune_exports() == 1


def test_whoever_leaves_gets_nothing_more_and_cannot_come_in(cast: Cast) -> None:
    user = owner(cast)
    with post_office() as post:
        assert "Your account is deleted" in leave(user).content.decode()
        assert "without your name" in post.newest(user.email)
    cast.world.receive(NEW | {"id": "later"})
    publish()

    assert not Delivery.objects.filter(destination__owner=user).exists()
    assert cast.alice.get("/app/signals/").status_code == 302
    client = Client()
    client.post("/sign-in/", {"login": user.email, "password": PASSWORD})
    assert client.get("/app/account/").status_code == 302


def test_subscriptions_end_so_that_nobody_is_charged_for_them(cast: Cast) -> None:
    user = owner(cast)
    leave(user)
    run_jobs()

    row = Subscription.objects.get(user=user)
    assert row.state == "cancelled"
    assert row.changes.get(to_state="cancelled").by == f"deleted-{user.pk}@deleted.invalid"


def test_nothing_is_sent_from_the_moment_on_although_the_rest_takes_a_job(cast: Cast) -> None:
    user = owner(cast)
    leave(user)

    assert Destination.objects.get(owner=user).state == "disabled"
    run_jobs()
    assert not Destination.objects.filter(owner=user).exists()


def test_books_keep_their_rows_without_a_name(cast: Cast) -> None:
    user = owner(cast)
    one = Subscription.objects.get(user=user)
    one.changes.create(plan=one.plan, to_state="active", by=user.email, why="")
    leave(user)

    row = Subscription.objects.get(user=user)
    assert row.user.email == f"deleted-{user.pk}@deleted.invalid"
    assert row.user.name == ""
    assert not row.changes.filter(by__contains="alice").exists()
    assert "alice" not in str(list(User.objects.values()))


def test_an_address_that_was_left_can_be_used_again(cast: Cast) -> None:
    user = owner(cast)
    email = user.email
    leave(user)

    assert User.objects.create_user(email).pk != user.pk


def test_nothing_happens_without_the_password_and_the_tick(cast: Cast) -> None:
    user = owner(cast)
    assert signed_in(user).post(DELETE, {"sure": "yes"}).status_code == 302
    client = signed_in(user)
    prove(client)
    assert client.post(DELETE).status_code == 422

    assert User.objects.get(pk=user.pk).is_active


def test_the_last_owner_stays_and_one_of_two_may_go(cast: Cast) -> None:
    olga = User.objects.get(email="olga@example.org")
    olga.set_password(PASSWORD)
    olga.save()
    answer = leave(olga)
    assert answer.status_code == 422
    assert "only owner" in answer.content.decode()

    staff("otto", "owner")
    assert leave(olga).status_code == 200
    assert not RoleGrant.objects.filter(user=olga).exists()
    assert AuditEntry.objects.filter(action="accounts.closed", by="olga@example.org").exists()
