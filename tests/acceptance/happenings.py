"""A bit of everything that happens in a shop, so that each of its pages has something to show."""

from __future__ import annotations

import json
from io import BytesIO

from PIL import Image

from signalcast.accounts.create_token import create_token
from signalcast.accounts.models import User
from signalcast.channels.models import Account
from signalcast.core.clock import from_now
from signalcast.core.ids import new_id
from signalcast.ops.alerts.models import Alert, Receiver
from signalcast.payments.approve import approve
from signalcast.payments.begin_charge import begin_charge
from signalcast.payments.proofs import add_proof
from signalcast.plans.models import Coupon, Plan
from signalcast.shop.models import LegalText
from signalcast.support.files import Given
from signalcast.support.open_ticket import open_ticket
from signalcast.work.claim import claim
from signalcast.work.models import Job
from signalcast.work.park import park

OLGA, PAT = "olga@example.org", "pat@example.org"


def happen() -> None:
    """Pat paid one plan, and says to have paid another; asks for help; a job failed."""
    pat = User.objects.get(email=PAT)
    _pay(pat, "silver", approved=True)
    _pay(pat, "bronze", approved=False)
    open_ticket(pat, "Late", "I got none today.", [Given("screen.png", picture())], key=new_id())
    for person in (pat, User.objects.get(email=OLGA)):
        create_token(person, name="bot", scopes=["read"], expires_at=None)
    Coupon.objects.create(code="SPRING", percent=10)
    LegalText.objects.create(slug="imprint", text="Signals Ltd")
    bot = json.dumps({"token": "1:abcdefghij", "username": "a_bot"})
    Account.objects.create(kind="telegram", name="bot", settings=bot)
    Receiver.objects.create(kind="telegram", address="12")
    Alert.objects.create(key="disk:vm", rule="disk", subject="vm", words="It is nearly full.")
    Job.objects.create(name="prune_work", due=from_now(-1))
    park(Job, claim(Job, 1), reason="It failed three times.")


def _pay(user: User, plan: str, *, approved: bool) -> None:
    charge = begin_charge(user, Plan.objects.get(slug=plan), "manual")
    assert charge
    add_proof(charge, "transfer.png", picture())
    if approved:
        approve(charge.pk, by=OLGA)


def picture() -> bytes:
    """Of nothing."""
    made = BytesIO()
    Image.new("RGB", (600, 400), "white").save(made, "PNG")
    return made.getvalue()
