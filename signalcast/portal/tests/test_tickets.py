"""People ask, staff answers; notes and files stay with whom they are meant for."""

from __future__ import annotations

import io
import json
import re
from zipfile import ZipFile

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from signalcast.accounts.models import AuditEntry
from signalcast.core.home import home
from signalcast.core.ids import new_id
from signalcast.payments.tests.market import person, plan
from signalcast.plans.grant import grant
from signalcast.portal.pages import SIZE
from signalcast.portal.tests.cast import signed_in, text
from signalcast.support.files import PLACE, Given, kept
from signalcast.support.limits import MOST_FILES, MOST_MESSAGES, MOST_OPEN
from signalcast.support.models import Ticket, TicketFile, TicketMessage
from signalcast.work.models import Job
from signalcast.work.run_jobs import run_jobs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]

DESK = "/app/tickets/all/"


def picture(name: str = "chart.png") -> SimpleUploadedFile:
    held = io.BytesIO()
    Image.new("RGB", (600, 400), "red").save(held, "PNG")
    return SimpleUploadedFile(name, held.getvalue())


def ask(browser: Client, subject: str = "Where is my signal?", **more: object) -> Ticket:
    """Open a ticket on its page."""
    form = {"subject": subject, "text": "I got none today.", "key": str(new_id())} | more
    answer = browser.post("/app/tickets/new/", form)
    assert answer.status_code == 302, answer.content.decode()
    return Ticket.objects.get(pk=answer.headers["Location"].split("/")[-2])


def say(browser: Client, ticket: Ticket, words: str, **more: object) -> str:
    """Write into a ticket, and read what the page says then."""
    form = {"text": words, "key": str(new_id())} | more
    return browser.post(f"/app/tickets/{ticket.pk}/", form, follow=True).content.decode()


def shut(browser: Client, ticket: Ticket, act: str = "close") -> str:
    answer = browser.post(f"/app/tickets/{ticket.pk}/change/", {"act": act}, follow=True)
    return answer.content.decode()


def lying(file: TicketFile) -> int:
    """How many variants of a file the home has."""
    return len(list((home() / PLACE).glob(f"{file.pk}*")))


def work_off() -> None:
    """Do all jobs, however long that takes."""
    while run_jobs():
        pass


def test_somebody_asks_and_staff_answers_on_the_page_of_the_ticket() -> None:
    ann, sam = signed_in(person("ann", "subscriber")), signed_in(person("sam", "support"))
    ticket = ask(ann, "<b>Late</b>")
    address = f"/app/tickets/{ticket.pk}/"

    assert "&lt;b&gt;Late&lt;/b&gt;" in text(sam, DESK)
    say(sam, ticket, "Look at <i>Destinations</i>.")

    page = text(ann, address)
    assert "Look at &lt;i&gt;Destinations&lt;/i&gt;." in page
    assert "answered" in page
    assert "sam@example.org" not in page
    assert "Nobody waits" in text(sam, DESK)
    say(ann, ticket, "Thank you.")
    assert "Late" in text(sam, DESK)
    assert shut(ann, ticket).count("closed")
    assert "Reopen it first" in say(ann, ticket, "One more thing.")
    shut(ann, ticket, "reopen")
    assert "One more thing." in say(ann, ticket, "One more thing.")


def test_a_note_is_read_by_staff_alone_wherever_it_might_turn_up() -> None:
    user, helper = person("ann", "subscriber"), person("sam", "support")
    ann, sam = signed_in(user), signed_in(helper)
    ticket = ask(ann)

    say(sam, ticket, "A difficult one.", act="note", file=[picture("secret.png")])

    assert "A difficult one." in text(sam, f"/app/tickets/{ticket.pk}/")
    assert "A difficult one." not in text(ann, f"/app/tickets/{ticket.pk}/")
    file = TicketFile.objects.get()
    address = f"/app/tickets/{ticket.pk}/files/{file.pk}/"
    assert ann.get(address).status_code == 404
    assert sam.get(address).status_code == 200
    assert Ticket.objects.get().state == Ticket.State.OPEN
    work_off()
    assert all("difficult" not in str(one.body) for one in mail.outbox)
    assert "difficult" not in json.dumps(archive(ann))


def archive(browser: Client) -> dict[str, object]:
    browser.post("/app/account/data/")
    work_off()
    held = ZipFile(io.BytesIO(browser.get("/app/account/data/file/").content))
    return {name: json.loads(held.read(name)) for name in held.namelist()}


def test_an_owner_of_a_ticket_who_works_here_reads_no_notes_about_it() -> None:
    oscar, sam = signed_in(person("oscar", "operator")), signed_in(person("sam", "support"))
    ticket = ask(oscar)
    say(sam, ticket, "About our own.", act="note")

    assert "About our own." not in text(oscar, f"/app/tickets/{ticket.pk}/")
    say(oscar, ticket, "Not a note, whatever the form says.", act="note")
    assert not TicketMessage.objects.get(author__email="oscar@example.org", pk__gt=ticket.pk,
                                         text__startswith="Not").is_internal  # fmt: skip


def test_nobody_reads_or_changes_a_ticket_of_somebody_else() -> None:
    ticket = ask(signed_in(person("ann", "subscriber")), file=[picture()])
    file = TicketFile.objects.get()
    address = f"/app/tickets/{ticket.pk}/"

    for browser in (signed_in(person("bob", "subscriber")), signed_in(person("ada", "analyst"))):
        assert browser.get(address).status_code == 404
        assert browser.post(address, {"text": "Hello", "key": str(new_id())}).status_code == 404
        assert browser.post(f"{address}change/", {"act": "close"}).status_code == 404
        assert browser.get(f"{address}files/{file.pk}/").status_code == 404
        assert browser.get(DESK).status_code == 403
        assert "Where is my signal?" not in text(browser, "/app/tickets/")
    other = ask(signed_in(person("eve", "subscriber")))
    mine = f"/app/tickets/{other.pk}/files/{file.pk}/"
    assert signed_in(other.owner).get(mine).status_code == 404
    assert TicketMessage.objects.filter(ticket=ticket).count() == 1


def test_a_form_that_is_sent_twice_asks_once() -> None:
    ann = signed_in(person("ann", "subscriber"))
    key = str(new_id())

    first = ask(ann, key=key, file=[picture()])
    second = ask(ann, key=key, file=[picture()])
    for _number in range(2):
        say(ann, first, "And?", key="0193a000-0000-7000-8000-000000000001")

    assert first.pk == second.pk
    assert TicketMessage.objects.count() == 2
    assert lying(TicketFile.objects.get()) == 2  # one picture in two widths


def test_a_form_that_says_something_else_is_another_message() -> None:
    ann, key = signed_in(person("ann", "subscriber")), str(new_id())
    ticket = ask(ann, key=key)

    # Gone back to with the browser, and written anew.
    say(ann, ticket, "And on Friday?", key=key)
    other = ask(signed_in(person("bob", "subscriber")), text="Mine.", key=key)

    assert other.pk != ticket.pk
    said = TicketMessage.objects.order_by("pk").values_list("text", flat=True)
    assert list(said) == ["I got none today.", "And on Friday?", "Mine."]


def test_files_are_told_by_their_content_and_handed_out_as_what_they_are() -> None:
    ann = signed_in(person("ann", "subscriber"))
    page = b"<html><script>alert(1)</script>"
    files = [
        picture('x"\n.html'),
        SimpleUploadedFile("page.html", page, content_type="text/html"),
        SimpleUploadedFile("bill.exe", b"%PDF-1.7 x"),
    ]

    ticket = ask(ann, file=files)

    rows = list(TicketFile.objects.order_by("pk"))
    assert [row.kind for row in rows] == ["webp", "txt", "pdf"]
    types = ["image/webp", "text/plain; charset=utf-8", "application/pdf"]
    for row, type_ in zip(rows, types, strict=True):
        answer = ann.get(f"/app/tickets/{ticket.pk}/files/{row.pk}/")
        assert answer.headers["Content-Type"] == type_
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Disposition"].endswith(f'.{row.kind}"')
        assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([("a.png", b"MZ\x00\x01")], "plain text files will do"),
        ([("a.txt", b"\xff\xfe\x00")], "plain text files will do"),
        ([("a.png", b"\x89PNG\r\n\x1a\n broken")], "The picture is broken"),
        ([("a.txt", b"")], "The file is empty"),
        ([("a.pdf", b"%PDF-" + b"x" * 5_242_880)], "larger than 5 MB"),
        ([("a.pdf", b"%PDF-" + b"x" * 4_800_000)] * 2, "larger than 9 MB"),
        ([("a.txt", b"x")] * (MOST_FILES + 1), "Choose 3 files at most"),
        ([("a.txt", b"fine"), ("b.png", b"MZ\x00")], "plain text files will do"),
    ],
)
def test_what_is_not_taken_is_told_and_leaves_nothing(
    files: list[tuple[str, bytes]], why: str
) -> None:
    ann = signed_in(person("ann", "subscriber"))
    form = {"subject": "x", "text": "y", "file": [SimpleUploadedFile(*one) for one in files]}

    answer = ann.post("/app/tickets/new/", form)

    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not Ticket.objects.exists()


def test_files_go_when_what_they_came_with_is_not_stored() -> None:
    rows: list[TicketFile] = []

    def fail() -> None:
        with kept([Given("a.png", picture().read())]) as made:
            rows.extend(made)
            assert lying(made[0]) == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert lying(rows[0]) == 0


def test_one_person_has_so_many_open_tickets_and_messages_an_hour() -> None:
    ann, sam = signed_in(person("ann", "subscriber")), signed_in(person("sam", "support"))
    tickets = [ask(ann, f"Question {number}") for number in range(MOST_OPEN)]
    form = {"subject": "One more", "text": "y", "key": str(new_id())}

    refused = ann.post("/app/tickets/new/", form)
    assert refused.status_code == 422
    assert "close one first" in refused.content.decode()
    shut(ann, tickets[0])
    assert ann.post("/app/tickets/new/", form).status_code == 302
    assert "close one first" in shut(ann, tickets[0], "reopen")
    for number in range(MOST_MESSAGES - MOST_OPEN - 1):
        say(ann, tickets[1], f"Message {number}")
    assert "Wait a while" in say(ann, tickets[1], "Too much")
    assert "Wait a while" not in say(sam, tickets[1], "Staff is not counted")


def test_who_waits_longest_comes_first_page_by_page() -> None:
    ann, sam = person("ann", "subscriber"), signed_in(person("sam", "support"))
    first, second, third = [ask(signed_in(ann), f"Question {n}") for n in (1, 2, 3)]
    say(sam, first, "Here.")
    say(signed_in(ann), first, "And now?")

    assert re.findall(r"Question \d", text(sam, DESK)) == ["Question 2", "Question 3", "Question 1"]
    assert "Question 2" in text(sam, f"{DESK}?q=stion+2")
    assert "Question 3" not in text(sam, f"{DESK}?q=stion+2")
    assert text(sam, f"{DESK}?q=ANN@&state=all").count("ann@example.org") == 3
    assert "Nothing fits" in text(sam, f"{DESK}?state=closed")
    assert "Nothing fits" in text(sam, f"{DESK}?state=%00x&after=x")
    shut(sam, second)
    assert "Question 2" in text(sam, f"{DESK}?state=closed")
    Ticket.objects.bulk_create(
        Ticket(owner=ann, subject=f"Many {n:03}", waiting_since=third.created_at)
        for n in range(SIZE)
    )
    page = text(sam, DESK)
    link = re.search(r'href="(\?after=[^"]+)"', page)
    assert link
    rest = text(sam, DESK + link[1].replace("&amp;", "&"))
    assert len(set(re.findall(r"Many \d+|Question \d", page + rest))) == SIZE + 2


def test_a_long_conversation_has_pages() -> None:
    user = person("ann", "subscriber")
    ann = signed_in(user)
    ticket = ask(ann)
    TicketMessage.objects.bulk_create(
        TicketMessage(ticket=ticket, author=user, by_staff=False, text=f"No. {n}", key=new_id())
        for n in range(SIZE)
    )

    page = text(ann, f"/app/tickets/{ticket.pk}/")

    assert "No. 49" in page
    assert "I got none today." not in page
    link = re.search(r'href="(\?after=[^"]+)"', page)
    assert link
    assert "I got none today." in text(ann, f"/app/tickets/{ticket.pk}/{link[1]}")


def test_pages_take_as_many_statements_for_many_rows_as_for_few() -> None:
    user, sam = person("ann", "subscriber"), signed_in(person("sam", "support"))
    ticket = ask(signed_in(user), file=[picture()])

    def statements(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            text(sam, path)
        return len(caught)

    paths = (DESK, f"{DESK}?state=all", f"/app/tickets/{ticket.pk}/")
    statements(DESK)
    before = [statements(path) for path in paths]
    for number in range(4):
        say(sam, ticket, f"Part {number}", file=[picture()])
        other = person(f"ann{number}", "subscriber")
        Ticket.objects.create(owner=other, subject="x", waiting_since=ticket.waiting_since)

    assert [statements(path) for path in paths] == before


def test_the_page_shows_staff_whose_ticket_it_is() -> None:
    user, olga = person("ann", "subscriber"), signed_in(person("olga", "owner"))
    one = grant(user, plan("gold"), until=None, by="olga@example.org", why="A present.")
    ticket = ask(signed_in(user))

    page = text(olga, f"/app/tickets/{ticket.pk}/")

    assert "ann@example.org" in page
    assert f'href="/app/subscribers/{one.pk}/"' in page
    assert "/app/subscribers/" not in text(signed_in(user), f"/app/tickets/{ticket.pk}/")


def test_each_side_is_told_by_mail_and_only_as_long_as_it_may_read() -> None:
    user, sam = person("ann", "subscriber"), person("sam", "support")
    user.language = "de"
    user.save()
    person("olga", "owner")
    ticket = ask(signed_in(user), "Late")
    work_off()
    assert [(one.to, one.subject) for one in mail.outbox] == [
        (["sam@example.org"], "A message in a ticket: Late")
    ]

    say(signed_in(sam), ticket, "Look again.")
    work_off()
    assert mail.outbox[-1].to == ["ann@example.org"]
    assert "Look again." in mail.outbox[-1].body
    assert "Eine Antwort" in mail.outbox[-1].subject
    say(signed_in(user), ticket, "No.")
    sam.grants.all().delete()
    work_off()
    assert len(mail.outbox) == 2
    assert not Job.objects.exclude(state=Job.State.DONE).exists()


def test_what_staff_does_is_noted_and_what_people_do_is_not() -> None:
    ann, sam = signed_in(person("ann", "subscriber")), signed_in(person("sam", "support"))
    ticket = ask(ann)
    say(ann, ticket, "And?")
    shut(ann, ticket)
    shut(ann, ticket, "reopen")
    say(sam, ticket, "Yes.")
    say(sam, ticket, "Hm.", act="note")
    for act in ("close", "close", "reopen"):
        shut(sam, ticket, act)

    rows = AuditEntry.objects.order_by("pk").values_list("by", "action", "target")
    acts = ("tickets.answered", "tickets.noted", "tickets.closed", "tickets.reopened")
    assert list(rows) == [("sam@example.org", act, str(ticket.pk)) for act in acts]


def test_tickets_are_taken_along_and_go_with_the_account() -> None:
    user, sam = person("ann", "subscriber"), signed_in(person("sam", "support"))
    user.set_password("correct horse")
    user.save()
    ticket = ask(signed_in(user), file=[picture()])
    say(sam, ticket, "Look here.")
    file = TicketFile.objects.get()
    other = ask(signed_in(person("bob", "subscriber")), "Another", file=[picture()])

    taken = json.dumps(archive(signed_in(user)))
    assert "Where is my signal?" in taken
    assert "Look here." in taken
    assert "chart.png" in taken
    assert "Another" not in taken
    leaving = signed_in(user)
    again = leaving.get("/app/account/delete/").headers["Location"]
    leaving.post(again, {"password": "correct horse"})
    leaving.post("/app/account/delete/", {"sure": "yes"})
    work_off()

    assert list(Ticket.objects.all()) == [other]
    assert lying(file) == 0
    assert lying(TicketFile.objects.get()) == 2
