"""What tests of plans on pages share."""

from __future__ import annotations

from collections.abc import Mapping

from django.test import Client

from signalcast.feeds.models import Feed
from signalcast.plans.models import Plan, PlanChannel
from signalcast.plans.tests.test_states import make_plans


def sell() -> dict[str, Plan]:
    """Alternatives of one family, by webhook."""
    made = make_plans(Feed.objects.create(slug="crypto", name="Crypto majors"))
    for plan in made.values():
        PlanChannel.objects.create(plan=plan, kind="webhook")
    return made


def said(client: Client, path: str, data: Mapping[str, object]) -> str:
    """What a page says after a form was sent."""
    return client.post(path, dict(data), follow=True).content.decode()
