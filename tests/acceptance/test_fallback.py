"""What does not arrive by Telegram in time comes by mail, whatever happens to the senders."""

from __future__ import annotations

import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from signalcast.channels.email.tests.peer import Peer as MailServer
from signalcast.channels.email.tests.peer import account
from signalcast.channels.telegram.tests.peer import Peer as Telegram
from signalcast.channels.tests.receiving import Behaviour
from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation, kill
from tests.acceptance.plan import document
from tests.acceptance.poster import Poster
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

CHAT = "77"
#: Seconds that Telegram has, and until what is held is looked at for certain.
HAS = 30
BY_THEN = HAS + 30
#: Whether Telegram has refused, and is not tried again in the next two seconds.
BETWEEN_TRIES = (
    "Delivery.objects.filter(destination__kind='telegram', state='retrying',"
    " due__gt=Now() + timedelta(seconds=2)).count()"
)


def prepare(made: Installation, telegram: Telegram, mail: MailServer, targets: Receivers) -> None:
    """Alice is reached by Telegram, and by mail where that fails."""
    plan = document(targets, ["alice"])
    plan["plans"][0]["channels"] += ["telegram", "email"]
    made.prepare(plan)
    for kind, address, settings in (
        ("telegram", CHAT, telegram.account()),
        ("email", "alice@example.org", account(mail.port)),
    ):
        made.query(
            f"Destination.objects.create(owner=User.objects.get(email='alice@example.org'),"
            f" kind={kind!r}, address={address!r}, account=Account.objects.create(kind={kind!r},"
            f" name='a', settings={settings!r})).pk"
        )
    for position, kind in enumerate(("telegram", "email")):
        made.query(
            f"FallbackStep.objects.create(destination=Destination.objects.get(kind={kind!r}),"
            f" user=User.objects.get(email='alice@example.org'), position={position},"
            f" after={HAS}).pk"
        )


def about(mail: MailServer, comment: str) -> list[EmailMessage]:
    """The mails that say so."""
    return [one for one in list(mail.mails) if comment in one.as_string()]


def states(made: Installation, kind: str) -> list[str]:
    """What became of the deliveries of a channel, the oldest first."""
    found: list[str] = made.query(
        f"list(Delivery.objects.filter(destination__kind={kind!r}).order_by('pk')"
        ".values_list('state', flat=True))"
    )
    return found


def test_a_signal_that_telegram_does_not_take_comes_by_mail_and_so_does_its_close(
    directory: Path, targets: Receivers
) -> None:
    with Telegram() as telegram, MailServer() as mail, installation(directory, Database()) as made:
        prepare(made, telegram, mail, targets)
        made.start_all()
        poster = Poster(made.url)
        telegram.behave(Behaviour.FAIL)
        # At market it would be worth nothing before Telegram's third try is due, or would not, by
        # that one's jitter; an order that waits is for a day.
        poster.insist("while-it-fails", order_type="limit", entries=["64000"])
        posted = time.monotonic()
        wait_for(lambda: telegram.texts(CHAT), within=20, message="an attempt by Telegram")
        wait_for(lambda: states(made, "email") == ["held"], within=20, message="a mail held")
        # Who dies while Telegram may be having a message sends the close there as well.
        wait_for(lambda: made.query(BETWEEN_TRIES), within=20, message="the end of it")
        # Nothing is kept in a process: another sender finds what is held.
        kill(made.started("sender")[0])
        wait_for(lambda: about(mail, "while-it-fails"), within=BY_THEN, message="the mail")
        assert time.monotonic() - posted >= HAS - 1

        telegram.behave(Behaviour.ACCEPT)
        poster.insist("the-end", ref="while-it-fails", action="close")
        wait_for(lambda: len(mail.mails) == 2, within=20, message="the close by mail")
        poster.insist("once-it-works")
        wait_for(
            lambda: any("once-it-works" in text for text in telegram.texts(CHAT)),
            within=20,
            message="the next signal by Telegram",
        )
        wait_for(
            lambda: states(made, "email") == ["sent", "sent", "discarded"],
            within=BY_THEN,
            every=1,
            message="what arrived by Telegram is not mailed",
        )
        assert len(mail.mails) == 2
        assert states(made, "telegram") == ["superseded", "stale", "sent"]
        assert targets.of("alice")
