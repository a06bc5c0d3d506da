"""Owner and support see what a subscriber sees, and leave traces."""

from __future__ import annotations

import pytest
from django.test import Client

from signalcast.accounts.models import AuditEntry, RoleGrant, User
from signalcast.channels.models import Destination
from signalcast.core import clock
from signalcast.portal import look_as
from signalcast.portal.tests.cast import Cast, signed_in, staff, text

pytestmark = pytest.mark.django_db(transaction=True)

BANNER = "You see the pages of"


def look(client: Client, email: str, **form: str) -> int:
    told = {"email": email, "reason": "Ticket 12"} | form
    return client.post("/app/look-as/", told).status_code


def person(cast: Cast) -> User:
    user = cast.world.alice.owner
    assert user is not None
    return user


def noted() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("pk").values_list("by", "action"))


def test_support_sees_the_pages_of_a_subscriber_with_a_banner_and_goes_back(cast: Cast) -> None:
    sam = signed_in(staff("sam", "support"))
    assert look(sam, person(cast).email) == 302
    page = text(sam, "/app/signals/")
    assert BANNER in page
    assert person(cast).email in page
    assert "sam@example.org" not in page
    assert sam.get("/ops/").status_code == 403

    sam.post("/app/look-as/end/")
    assert BANNER not in text(sam, "/app/signals/")
    assert noted() == [
        ("sam@example.org", "accounts.looked_as"),
        ("sam@example.org", "accounts.look_ended"),
    ]


def test_support_looks_and_an_owner_acts_which_is_noted(cast: Cast) -> None:
    row = Destination.objects.get(owner=person(cast))
    path = f"/app/destinations/{row.uid}/change/"
    sam = signed_in(staff("sam", "support"))
    look(sam, person(cast).email)
    assert sam.post(path, {"act": "pause"}).status_code == 403

    look(cast.olga, person(cast).email)
    cast.olga.post(path, {"act": "pause"})

    row.refresh_from_db()
    assert row.state == "disabled"
    entry = AuditEntry.objects.get(action="accounts.acted_as")
    assert (entry.by, entry.target) == ("olga@example.org", person(cast).email)
    assert entry.details == {"path": path}


def test_what_is_a_persons_alone_stays_shut(cast: Cast) -> None:
    look(cast.olga, person(cast).email)

    for path in ("", "email/", "password/", "factors/", "data/file/", "delete/"):
        assert cast.olga.get(f"/app/account/{path}").status_code == 403, path


def test_nobody_looks_as_staff_and_nobody_else_may_look(cast: Cast) -> None:
    sam = signed_in(staff("sam", "support"))
    for email in ("ann@example.org", "olga@example.org", "nobody@example.org", "\x00", ""):
        assert look(sam, email) == 422
    assert look(sam, person(cast).email, reason="") == 422
    for client in (cast.ann, cast.alice, signed_in(staff("otto", "operator"))):
        assert look(client, person(cast).email) == 403
    assert noted() == []


def test_it_ends_with_the_role_with_the_subscriber_and_with_time(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(cast.olga, person(cast).email)
    RoleGrant.objects.create(user=person(cast), role="analyst")
    assert BANNER not in text(cast.olga, "/app/signals/")
    RoleGrant.objects.filter(user=person(cast)).delete()

    look(cast.olga, person(cast).email)
    RoleGrant.objects.filter(user__email="olga@example.org").update(role="operator")
    assert BANNER not in text(cast.olga, "/app/signals/")
    RoleGrant.objects.filter(user__email="olga@example.org").update(role="owner")

    look(cast.olga, person(cast).email)
    session = cast.olga.session
    session[look_as.KEY] = [person(cast).pk, clock.now().timestamp() - 1]
    session.save()
    assert BANNER not in text(cast.olga, "/app/signals/")


def test_signing_out_ends_all_of_it(cast: Cast) -> None:
    look(cast.olga, person(cast).email)
    cast.olga.post("/sign-out/")

    assert cast.olga.get("/app/signals/").status_code == 302
