"""Post a sample to a source as its sender would, and have it published like all else."""

from __future__ import annotations

import json

from django.db import transaction

from signalcast.accounts.audit import audit
from signalcast.accounts.models import User
from signalcast.core import clock, events
from signalcast.core.ids import new_id
from signalcast.core.signing import sign
from signalcast.core.wake import ring
from signalcast.feeds.models import Source
from signalcast.intake.new_receipt import Outcome
from signalcast.intake.read_hook import read_hook
from signalcast.intake.sources import KnownSource
from signalcast.intake.store import store
from signalcast.pipeline import PUBLISH

#: An instrument that nobody trades.
SYMBOL = "TESTUSDT"


def send_sample(source: Source, *, by: User) -> Outcome:
    """Put an alert through the hook's own reading and storing, with the source's secrets.

    Raises signalcast.intake.problems.Problem when the source would refuse it.
    """
    known = KnownSource(
        id=source.pk,
        slug=source.slug,
        body_secret=source.body_secret,
        signing_secret=source.signing_secret,
        max_lag=source.max_lag,
    )
    body = json.dumps(_alert(source)).encode()
    receipt = read_hook(known, _headers(source, body), body)
    with transaction.atomic():
        [outcome] = store([receipt])
        audit("sources.sample_sent", by=by.email, target=source.slug, receipt=outcome.id)
    events.emit("sample.sent", source=source.slug, receipt=str(outcome.id), by=by.email)
    ring(PUBLISH)
    return outcome


def _alert(source: Source) -> dict[str, str]:
    alert = {
        "ticker": SYMBOL,
        "action": "buy",
        "price": "100.00",
        "sl": "95.00",
        "tp1": "105.00",
        "tp2": "110.00",
        "interval": "60",
        "timenow": clock.now().isoformat(),
        "comment": "A test of the connection. Do not trade it.",
    }
    return alert | ({"secret": source.body_secret} if source.body_secret else {})


def _headers(source: Source, body: bytes) -> dict[str, str]:
    if not source.signing_secret:
        return {}
    name, moment = f"msg_{new_id().hex}", int(clock.now().timestamp())
    return {
        "webhook-id": name,
        "webhook-timestamp": str(moment),
        "webhook-signature": sign(source.signing_secret, name, moment, body),
    }
