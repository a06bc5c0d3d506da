"""The owner's own words: tried before they are stored, refused with the line of their error."""

from __future__ import annotations

import pytest

from signalcast.channels.models import Wording
from signalcast.portal.tests.cast import Cast, signed_in, staff, text

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/app/wordings/signal.published/"
GOOD = {
    "kind": "", "language": "", "subject": "{{ signal.symbol }}!",
    "body": "Now: {{ signal.entries | join(', ') }}\r\n",
}  # fmt: skip


def test_an_owner_starts_from_our_words_and_sees_an_example(cast: Cast) -> None:
    page = text(cast.olga, PATH)

    assert "BUY BTCUSDT" in page
    assert "{{ signal.stop_loss }}" in page
    assert "A new signal" in text(cast.olga, "/app/wordings/")


def test_words_are_looked_at_saved_and_reset(cast: Cast) -> None:
    preview = cast.olga.post(PATH, GOOD | {"act": "preview"})
    assert "BTCUSDT!" in preview.content.decode()
    assert not Wording.objects.exists()
    part = cast.olga.post(PATH, GOOD | {"act": "preview"}, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()

    cast.olga.post(PATH, GOOD)
    cast.olga.post(PATH, GOOD | {"kind": "email", "language": "de", "subject": "Neu"})
    cast.olga.post(PATH, GOOD | {"kind": "email", "language": "de", "subject": "Ganz neu"})
    assert set(Wording.objects.values_list("kind", "language", "subject")) == {
        ("", "", "{{ signal.symbol }}!"),
        ("email", "de", "Ganz neu"),
    }
    assert "yours · email · de" in text(cast.olga, "/app/wordings/")
    assert "Ganz neu" in text(cast.olga, f"{PATH}?kind=email&language=de")

    cast.olga.post(f"{PATH}reset/", {"kind": "email", "language": "de"})
    assert Wording.objects.get().kind == ""
    assert "{{ signal.symbol }}!" in text(cast.olga, PATH)


@pytest.mark.parametrize(
    ("field", "text_", "said"),
    [
        ("body", "one\ntwo {{ signal.", "text, line 2"),
        ("body", "one\n{{ signal.nothing_like_it.x }}", "line 2"),
        ("body", "{% for x in range(10**9) %}{% endfor %}", "line 1"),
        ("body", "{{ ''.__class__.__mro__ }}", "line 1"),
        ("subject", "{% if %}", "subject, line 1"),
        ("subject", "{{ signal.entries[0][:4] }}", "subject, line 1: It makes"),
        ("body", "Stop\n{{ signal.stop_loss | float | round(2) }}", "text, line 2: It makes"),
        ("body", "\n\n{% for one in signal.entries %}\n{{ one | int }}{% endfor %}", "line 4"),
        ("body", "{{ signal.stop_loss | float }}", "neither rounded nor cut"),
        ("subject", "", "required"),
        ("subject", "{{ signal.comment and '' }}", "It is empty"),
    ],
)
def test_words_with_an_error_are_refused_with_their_line(
    cast: Cast, field: str, text_: str, said: str
) -> None:
    answer = cast.olga.post(PATH, GOOD | {field: text_})

    assert answer.status_code == 422
    error = answer.content.decode().split(f'id="id_{field}_error"')[1].split("</p>")[0]
    assert said in error
    assert not Wording.objects.exists()


def test_shares_may_be_percentages_and_other_numbers_may_be_written(cast: Cast) -> None:
    body = (
        "{% for target in signal.take_profits %}{{ loop.index }}. {{ target.price }}"
        "{% if target.share %} ({{ (target.share | float * 100) | int }} %){% endif %}\n"
        "{% endfor %}Call 555-1234 by {{ timestamp[:10] }}, #{{ revision.number }}"
    )
    assert cast.olga.post(PATH, GOOD | {"body": body}).status_code == 302
    assert Wording.objects.exists()


def test_there_are_no_words_for_what_is_never_said(cast: Cast) -> None:
    assert cast.olga.get("/app/wordings/signal.forgotten/").status_code == 404
    assert cast.olga.get(f"{PATH}?kind=pigeon&language=xx").status_code == 200
    assert signed_in(staff("otto", "operator")).get(PATH).status_code == 403
