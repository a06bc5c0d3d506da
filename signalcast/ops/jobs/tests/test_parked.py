"""Receipts and deliveries that were set aside: found, listed, and given another chance."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from signalcast.accounts.models import AuditEntry
from signalcast.delivery.models import Delivery
from signalcast.delivery.publish import publish
from signalcast.delivery.tests.world import World, make_world
from signalcast.intake.models import Receipt
from signalcast.ops.jobs.acts import BATCH
from signalcast.ops.jobs.parked import KINDS, SIZE, parked_page
from signalcast.ops.jobs.query import WrongQuery
from signalcast.ops.jobs.tests.made import browser_of, job
from signalcast.portal.tests.cast import NEW, text
from signalcast.work.models import Job
from signalcast.work.run_jobs import run_jobs

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

PAGE = "/ops/queues/parked/"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def otto() -> Client:
    return browser_of("operator")


def park(world: World, count: int, reason: str = "It took three processes down.") -> None:
    """Receipts that were parked by one statement."""
    moment = timezone.now() - timedelta(seconds=5)
    rows = [
        Receipt(
            source=world.source, door="typed", body=b"x" * 100_000 if at < 60 else b"", due=None
        )
        for at in range(count)
    ]
    for row in rows:
        row.parked_at, row.parked_reason = moment, reason
    Receipt.objects.bulk_create(rows, batch_size=500)


def test_pages_of_rows_that_were_parked_at_one_time_have_no_gap_and_no_repeat(
    world: World,
) -> None:
    park(world, SIZE + 20)
    first = parked_page(KINDS["receipt"], "", "")
    second = parked_page(KINDS["receipt"], "", first.after)

    keys = [row.pk for row in first.rows + second.rows]
    assert (len(first.rows), len(second.rows), second.after) == (SIZE, 20, "")
    assert len(set(keys)) == SIZE + 20


@pytest.mark.parametrize("after", ["x", "~", "2026-11-01~1", "2026-11-01T00:00:00~x", "9" * 90])
def test_an_absurd_place_in_the_list_is_refused(world: World, otto: Client, after: str) -> None:
    park(world, 1)
    with pytest.raises(WrongQuery, match="There is no such page"):
        parked_page(KINDS["receipt"], "", after)
    page = otto.get(PAGE, {"kind": "receipt", "after": after})
    assert page.status_code == 422
    assert "There is no such page" in page.content.decode()


def test_a_reason_finds_its_rows_and_all_of_them_are_redriven(world: World, otto: Client) -> None:
    park(world, 3)
    park(world, 2, "The <disk> was full.")
    page = text(otto, f"{PAGE}?q=%3Cdisk%3E")
    assert page.count("The &lt;disk&gt; was full.") == 2
    assert "three processes" not in page
    assert len(page) < 100_000
    assert "Redrive 2 receipts?" in text(otto, f"{PAGE}redrive/receipt/?q=DISK")

    data = {"kind": "receipt", "all": "yes", "q": "disk"}
    answer = otto.post(f"{PAGE}redrive/", data, follow=True)
    assert "2 rows are due again." in answer.content.decode()
    assert Receipt.objects.filter(due__isnull=False).count() == 2
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.count) == ("receipts.redriven", 2)
    answer = otto.post(f"{PAGE}redrive/", data, follow=True)
    assert "Nothing was chosen that is still parked." in answer.content.decode()


def test_very_many_are_redriven_by_a_job(world: World, otto: Client) -> None:
    park(world, 2 * BATCH + 1)
    answer = otto.post(f"{PAGE}redrive/", {"kind": "receipt", "all": "yes"}, follow=True)
    assert "A job does it." in answer.content.decode()
    run_jobs()

    assert Receipt.objects.filter(due__isnull=False).count() == 2 * BATCH + 1
    made = Job.objects.get(name="redrive_parked")
    assert (made.state, made.progress_done) == ("done", 2 * BATCH + 1)
    counts = dict(AuditEntry.objects.values_list("action", "count"))
    assert counts == {"receipts.redriven_asked": None, "receipts.redriven": 2 * BATCH + 1}


def test_a_parked_delivery_says_what_it_is_and_is_redriven(world: World, otto: Client) -> None:
    world.receive(NEW)
    publish()
    row = Delivery.objects.get()
    Delivery.objects.filter(pk=row.pk).update(
        due=None, parked_at=timezone.now(), parked_reason="It crashed."
    )
    page = text(otto, PAGE)
    assert "signal.published" in page
    assert "It crashed." in page

    data = {"kind": "delivery", "row": [str(row.pk), "9" * 30, "x"]}
    answer = otto.post(f"{PAGE}redrive/", data, follow=True)
    assert "1 row is due again." in answer.content.decode()
    row.refresh_from_db()
    assert row.due is not None


def test_parked_jobs_are_named_with_the_way_to_them(otto: Client) -> None:
    job("parked")
    page = text(otto, PAGE)
    assert "Parked jobs: 1" in page
    assert "/ops/queues/jobs/?q=state:parked" in page
    answer = otto.get(f"{PAGE}redrive/job/")
    assert answer.headers["Location"].startswith("/ops/queues/jobs/")
    answer = otto.post(f"{PAGE}redrive/", {"kind": "nonsense"}, follow=True)
    assert "There are no such rows." in answer.content.decode()
