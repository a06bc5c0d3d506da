"""Announcements: written, looked at, sent once, followed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from signalcast.delivery.models import Delivery, Post
from signalcast.pipeline import Queue
from signalcast.portal.tests.cast import Cast, text
from signalcast.work.run_jobs import run_jobs

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/app/announcements/new/"
KEY = "0193a000-0000-7000-8000-000000000001"


def form(cast: Cast, **changes: str) -> dict[str, str]:
    return {
        "feed": str(cast.world.feed.pk), "title": "Holidays", "text": "No <b>signals</b>\r\nthen.",
        "key": KEY, "act": "send",
    } | changes  # fmt: skip


def test_an_announcement_is_shown_before_it_is_sent(cast: Cast) -> None:
    page = cast.olga.post(PATH, form(cast, act="preview")).content.decode()

    assert "As readers will see it" in page
    assert "No &lt;b&gt;signals&lt;/b&gt;<br>then." in page
    assert "It goes to 1 destination" in page
    assert KEY in page
    assert not Post.objects.filter(type="announcement.published").exists()


def test_an_announcement_that_is_sent_twice_goes_out_once(cast: Cast) -> None:
    for _ in range(2):
        answer = cast.olga.post(PATH, form(cast), follow=True)
        assert "on its way" in answer.content.decode()
    post = Post.objects.get(type="announcement.published")
    run_jobs()

    assert post.data["announcement"] == {"title": "Holidays", "text": "No <b>signals</b>\nthen."}
    row = Delivery.objects.get(post=post)
    assert (row.destination, row.queue) == (cast.world.alice, Queue.NOTIFICATIONS)
    page = text(cast.olga, "/app/announcements/")
    assert "0 of 1 sent" in page
    assert "hx-trigger" in page
    Delivery.objects.filter(pk=row.pk).update(state="sent", due=None)
    page = text(cast.olga, "/app/announcements/")
    assert "1 of 1 sent" in page
    assert "hx-trigger" not in page


@pytest.mark.parametrize(
    ("name", "value"), [("title", ""), ("text", ""), ("text", "a\x07b"), ("feed", "999"),
                        ("title", "x" * 121), ("text", "x" * 4_001)],
)  # fmt: skip
def test_a_bad_announcement_is_told_beside_its_field(cast: Cast, name: str, value: str) -> None:
    answer = cast.olga.post(PATH, form(cast, **{name: value}))

    assert answer.status_code == 422
    error = answer.content.decode().split(f'id="id_{name}_error"')[1]
    assert "hidden" not in error.split(">")[0]
    assert not Post.objects.filter(type="announcement.published").exists()


def test_a_segment_is_counted_before_it_is_sent_and_named_in_the_list(cast: Cast) -> None:
    said = form(cast, who="current", plans=str(cast.world.plan.pk), kind="webhook", act="preview")
    page = cast.olga.post(PATH, said).content.decode()
    assert "1 person is in this segment." in page
    assert "It goes to 1 destination of 1 of them" in page

    cast.olga.post(PATH, said | {"act": "send"})
    run_jobs()
    post = Post.objects.get(type="announcement.published")
    assert Delivery.objects.get(post=post).destination == cast.world.alice
    page = text(cast.olga, "/app/announcements/")
    assert "everybody with a current subscription · gold · Webhook" in page
    for path in ("/app/deliveries/", "/ops/queues/fan-outs/", f"/ops/queues/fan-outs/{post.pk}/"):
        assert "Holidays" in text(cast.olga, path)


@pytest.mark.parametrize(
    ("changes", "name"),
    [({"days": "3"}, "days"), ({"kind": "email"}, "kind"), ({"who": "grace", "days": "3"}, "days"),
     ({"who": "ended", "days": "0"}, "days"), ({"who": "all"}, "who"),
     ({"who": "current", "plans": "999"}, "plans")],
)  # fmt: skip
def test_what_would_not_be_looked_at_is_told(
    cast: Cast, changes: dict[str, str], name: str
) -> None:
    answer = cast.olga.post(PATH, form(cast, **changes))

    assert answer.status_code == 422
    error = answer.content.decode().split(f'id="id_{name}_error"')[1]
    assert "hidden" not in error.split(">")[0]
    assert not Post.objects.filter(type="announcement.published").exists()


def test_many_announcements_take_as_many_statements_as_few(cast: Cast) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            text(cast.olga, "/app/announcements/")
        return len(queries)

    cast.olga.post(PATH, form(cast))
    run_jobs()
    few = statements()
    for number in range(5):
        cast.olga.post(PATH, form(cast, key=f"0193a000-0000-7000-8000-00000000010{number}"))
    run_jobs()
    assert Post.objects.filter(type="announcement.published").count() == 6
    assert statements() == few
