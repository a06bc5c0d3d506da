"""The owner's settings: what they change, who sees it, and what is refused in a sentence."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.core import mail as outbox
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from signalcast.accounts.models import AuditEntry
from signalcast.core.env import environment
from signalcast.payments.approve import approve
from signalcast.payments.draw_invoice import draw_invoice
from signalcast.payments.models import Invoice
from signalcast.payments.tests.market import due, person, plan
from signalcast.plans.mail import mail
from signalcast.plans.models import Reminder, Subscription
from signalcast.plans.reminder_text import reminder_text
from signalcast.portal import contrast
from signalcast.portal.tests.cast import signed_in, staff, text
from signalcast.portal.tests.post_office import post_office
from signalcast.shop.current import KEPT, current, forget, keep
from signalcast.shop.mails import MAILS
from signalcast.shop.models import MailText, Setting
from signalcast.shop.own_words import check_words

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

PATH = "/app/settings/"


@pytest.fixture
def olga() -> Client:
    return signed_in(staff("olga", "owner"))


@pytest.fixture
def _taxed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SIGNALCAST_TAX_RATE", "19")
    monkeypatch.setenv("SIGNALCAST_SELLER", r"Signals Ltd\n1 High Street")
    environment.cache_clear()
    yield
    environment.cache_clear()


def picture(mode: str = "RGBA") -> SimpleUploadedFile:
    held = io.BytesIO()
    Image.new(mode, (1_200, 300), "#2456d6").save(held, "PNG")
    return SimpleUploadedFile("logo.png", held.getvalue(), "image/png")


def refused(answer: object, name: str) -> str:
    page = answer.content.decode()  # type: ignore[attr-defined]
    assert answer.status_code == 422  # type: ignore[attr-defined]
    found = re.search(rf'id="id_{name}_error"([^>]*)>([^<]*)<', page)
    assert found
    assert "hidden" not in found[1]
    return found[2]


def test_the_name_shows_on_pages_as_sender_and_on_invoices(olga: Client) -> None:
    olga.post(PATH, {"name": " Acme  Signals "})

    page = text(olga, "/app/signals/")
    assert "· Acme Signals</title>" in page
    assert '<a class="brand" href="/">Acme Signals</a>' in page
    assert "Acme Signals" in text(Client(), "/sign-in/")
    mail("ann@example.org", "Hello", "There.")
    assert outbox.outbox[0].from_email.startswith('"Acme Signals" <')
    approve(due(person("ann"), plan()).pk, by="olga@example.org")
    assert Invoice.objects.get().seller.splitlines()[0] == "Acme Signals"


def test_a_logo_is_made_anew_shown_and_taken_away(olga: Client) -> None:
    olga.post(PATH, {"logo": picture()})

    row = Setting.objects.get()
    found = re.search(
        r'<img class="logo" src="(/brand/[0-9a-f]{16}\.webp)" alt="">', text(Client(), "/plans/")
    )
    assert found
    answer = Client().get(found[1])
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/webp", "nosniff")
    with Image.open(io.BytesIO(answer.content)) as made:
        assert (made.format, made.size) == ("WEBP", (480, 120))
    approve(due(person("ann"), plan()).pk, by="olga@example.org")
    assert b"/Image" in draw_invoice(Invoice.objects.get())

    olga.post(PATH, {"remove_logo": "on"})
    row.refresh_from_db()
    assert (row.logo, row.logo_tag) == (None, "")
    assert Client().get(found[1]).status_code == 404
    assert "<img" not in text(Client(), "/plans/")


def test_a_file_that_is_no_picture_is_refused(olga: Client) -> None:
    file = SimpleUploadedFile("logo.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")
    assert "no PNG, JPEG or WebP" in refused(olga.post(PATH, {"logo": file}), "logo")
    assert not Setting.objects.exists()


def test_colours_are_taken_where_they_can_be_read(olga: Client) -> None:
    answer = olga.post(PATH, {"accent": "#ffcc00", "accent_dark": "#222222"})
    assert "Choose a darker one." in refused(answer, "accent")
    assert "Choose a lighter one." in refused(answer, "accent_dark")
    assert "like #2456d6" in refused(olga.post(PATH, {"accent": "red;}"}), "accent")

    olga.post(PATH, {"accent": "#8A1C5B", "accent_dark": "#ff9ecf"})
    found = re.search(r'href="(/brand/[^"]*\.css)"', text(Client(), "/plans/"))
    assert found
    css = text(Client(), found[1])
    assert "--accent: #8a1c5b" in css
    assert "--accent: #ff9ecf" in css
    assert Client().get("/brand/zzz-.css").status_code == 404
    assert "#8ab0ff" in text(Client(), "/brand/8a1c5b-.css")


def test_colours_are_compared_with_those_of_the_pages() -> None:
    css = Path(__file__).parent.parent.joinpath("static/signalcast/signalcast.css").read_text()
    light, dark = css.split("@media (prefers-color-scheme: dark)")[:2]
    for part, grounds in ((light, contrast.LIGHT), (dark, contrast.DARK)):
        for colour in grounds:
            assert colour in part
    assert contrast.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast.worst("#2456d6", contrast.LIGHT) > contrast.ENOUGH
    assert contrast.worst("#8ab0ff", contrast.DARK) > contrast.ENOUGH


@pytest.mark.usefixtures("_taxed")
def test_tax_and_seller_go_before_the_environment(olga: Client) -> None:
    assert "Empty: Signals Ltd · 1 High Street." in text(olga, PATH)
    approve(due(person("ann"), plan()).pk, by="x")
    olga.post(PATH, {"tax_rate": "7.5", "tax_name": "GST", "seller": "Acme Ltd\r\nHere"})
    approve(due(person("bob"), plan("silver")).pk, by="x")

    first, second = Invoice.objects.order_by("pk")
    assert (first.tax_rate, first.tax_name, first.seller) == (
        "19", "VAT", "Signals Ltd\n1 High Street")  # fmt: skip
    assert (second.tax_rate, second.tax_name, second.seller) == ("7.5", "GST", "Acme Ltd\nHere")
    assert (first.tax, second.tax) == (463, 202)


def test_a_new_plan_begins_with_the_currency(olga: Client) -> None:
    assert "ISO 4217" in refused(olga.post(PATH, {"currency": "ABC"}), "currency")
    olga.post(PATH, {"currency": "chf"})
    assert 'value="CHF"' in text(olga, "/app/plans/new/")


@pytest.mark.parametrize(
    ("name", "value"),
    [("name", "a<b>"), ("name", "x" * 61), ("tax_rate", "-1"), ("tax_rate", "100"),
     ("tax_rate", "x"), ("seller", "a\x07b"), ("tax_name", "x" * 41)],
)  # fmt: skip
def test_what_can_not_be_is_told_beside_its_field(olga: Client, name: str, value: str) -> None:
    assert refused(olga.post(PATH, {name: value}), name)
    assert not Setting.objects.exists()


def test_every_change_is_noted_with_before_and_after(olga: Client) -> None:
    olga.post(PATH, {"name": "Acme", "tax_rate": "19"})
    olga.post(PATH, {"name": "Apex", "tax_rate": "19"})
    olga.post(PATH, {"name": "Apex", "tax_rate": "19"})
    olga.post("/app/settings/legal/imprint/", {"text": "Acme Ltd"})
    olga.post("/app/settings/legal/imprint/", {"text": ""})

    entries = AuditEntry.objects.order_by("pk").values_list("action", "details")
    told = [(action, details) for action, details in entries]
    assert told[1] == ("settings.changed", {"name_before": "Acme", "name_after": "Apex"})
    assert told[2:] == [
        ("settings.legal_text_changed", {"before": "", "after": "Acme Ltd"}),
        ("settings.legal_text_changed", {"before": "Acme Ltd", "after": ""}),
    ]


def test_a_legal_text_is_public_in_the_readers_language_and_escaped(olga: Client) -> None:
    assert Client().get("/legal/privacy/").status_code == 404
    assert "/legal/" not in text(Client(), "/plans/")
    olga.post("/app/settings/legal/privacy/", {"text": "All.\n\n<script>x</script> https://a.org/"})
    olga.post("/app/settings/legal/privacy/", {"text": "Alles.", "language": "de"})

    assert '<a href="/legal/privacy/">Privacy</a>' in text(Client(), "/plans/")
    page = text(Client(), "/legal/privacy/")
    assert "<p>All.</p>" in page
    assert "&lt;script&gt;" in page
    assert '<a href="https://a.org/" rel="nofollow">' in page
    german = Client().get("/legal/privacy/", headers={"Accept-Language": "de"}).content.decode()
    assert "Alles." in german
    assert Client().get("/legal/nothing/").status_code == 404
    assert olga.get("/app/settings/legal/nothing/").status_code == 404


WORDS = {"subject": "Bye, {{ plan }}", "body": "It ends on {{ when }}.", "act": "save"}


def test_the_owners_words_are_sent_in_the_readers_language(olga: Client) -> None:
    path = "/app/settings/mails/reminder.ends/"
    olga.post(path, WORDS)
    olga.post(path, WORDS | {"subject": "Tschüss, {{ plan }}", "language": "de"})
    user = person("ann")
    due(user, plan())
    reminder = Reminder(
        subscription=Subscription.objects.get(),
        kind="ends",
        about=Subscription.objects.get().starts_at,
    )
    assert reminder_text(reminder)[0] == "Bye, Gold"
    reminder.subscription.user.language = "de"
    assert reminder_text(reminder)[0] == "Tschüss, Gold"
    reminder.subscription.user.language = "es"
    assert reminder_text(reminder)[0] == "Bye, Gold"
    assert "yours · de" in text(olga, "/app/settings/mails/")
    for language in ("", "de"):
        page = text(olga, f"{path}?language={language}")
        assert f'name="language" value="{language}"' in page
        page = text(olga, f"/app/settings/legal/terms/?language={language}")
        assert f'name="language" value="{language}"' in page

    olga.post(f"{path}reset/")
    assert reminder_text(reminder)[0] != "Bye, Gold"
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["settings.mail_changed"] * 2 + ["settings.mail_reset"]


def test_mails_about_accounts_have_the_owners_name_and_words(olga: Client) -> None:
    person("ann")
    words = {"subject": "Código", "body": "Here: {{ code }} ({{ address }})"}
    olga.post("/app/settings/mails/account.password_reset_code/", words)
    olga.post(PATH, {"name": "Señales Acme"})
    with post_office() as office:
        Client().post("/sign-in/reset/", {"email": "ann@example.org"})
        (made,) = office.mails("ann@example.org")
        assert office.newest("ann@example.org").startswith(
            f"Here: {office.code('ann@example.org')} ("
        )
    assert made["Subject"] == "Código"
    assert made["From"].addresses[0].display_name == "Señales Acme"


@pytest.mark.parametrize(
    ("key", "subject", "body", "said"),
    [
        (
            "reminder.ends",
            "x",
            "{{ code }}",
            "This mail has no {{ code }}. It may name: {{ plan }}",
        ),
        ("reminder.ends", "x", "{{ plan ", "Line 1"),
        ("reminder.ends", "x", "{{ plan.__class__.__mro__ }}", "can not be written"),
        ("account.password_reset_code", "Code", "Look.", "Without {{ code }}"),
        ("account.password_reset_code", "x", "{% if not code %}{{ code }}{% endif %}", "Without"),
    ],
)
def test_words_that_no_mail_can_have_are_refused(
    olga: Client, key: str, subject: str, body: str, said: str
) -> None:
    answer = olga.post(f"/app/settings/mails/{key}/", {"subject": subject, "body": body})
    assert said in refused(answer, "body")
    assert not MailText.objects.exists()


def test_a_preview_shows_an_example_and_keeps_nothing(olga: Client) -> None:
    page = olga.post(
        "/app/settings/mails/reminder.ends/", WORDS | {"act": "preview"}
    ).content.decode()
    assert "Bye, Gold" in page
    assert not MailText.objects.exists()
    assert olga.get("/app/settings/mails/nothing/").status_code == 404


@pytest.mark.parametrize("language", ["", "de", "ru"])
def test_our_own_words_are_a_good_beginning(olga: Client, language: str) -> None:
    for key in MAILS:
        page = text(olga, f"/app/settings/mails/{key}/?language={language}")
        subject = re.search(r'name="subject" value="([^"]*)"', page)
        body = re.search(r'<textarea name="body"[^>]*>\s?([^<]*)</textarea>', page)
        assert subject
        assert body
        assert check_words(key, subject[1], body[1])


def test_pages_ask_once_in_a_while_and_never_in_between(olga: Client) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            text(olga, "/app/signals/")
        return len(queries)

    usual = statements()
    forget()
    assert statements() == usual + 2
    assert statements() == usual
    assert KEPT <= 10


def test_what_another_process_set_is_seen_when_the_time_is_over() -> None:
    Setting.objects.create(pk=Setting.ONE, name="Acme", tax_rate=Decimal("7.5"))
    assert current().name == "Signalcast"
    keep(current(), seconds=0)
    assert (current().name, current().tax_rate) == ("Acme", Decimal("7.5"))
