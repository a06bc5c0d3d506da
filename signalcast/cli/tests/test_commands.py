"""Commands as a person at a shell meets them."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from signalcast.accounts.models import User
from signalcast.channels.models import Broadcast, Destination
from signalcast.cli.utility import commands, summary
from signalcast.core.env import process_environment
from signalcast.feeds.models import Source
from signalcast.plans.models import Plan

BROADCAST = {"channel": "webhook", "url": "https://channel.example.org/", "account": ""}
DOCUMENT: dict[str, Any] = {
    "accounts": [{"channel": "discord", "name": "main", "settings": {"colour": "blue"}}],
    "feeds": [{"slug": "crypto", "name": "Crypto", "broadcasts": [BROADCAST]}],
    "plans": [
        {
            "slug": "gold",
            "name": "Gold",
            "price": "29.90",
            "currency": "EUR",
            "interval": "month",
            "feeds": ["crypto"],
            "channels": ["webhook"],
        }
    ],
    "sources": [{"slug": "desk", "feed": "crypto", "token": "desk-token"}],
    "users": [
        {
            "email": "Alice@Example.org",
            "plans": ["gold"],
            "roles": ["subscriber"],
            "destinations": [{"channel": "webhook", "url": "https://alice.example.org/hook"}],
        }
    ],
}


def ran(*arguments: str) -> str:
    """What a command says."""
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


def loaded(directory: Path, document: Any, *arguments: str) -> str:
    path = directory / "document.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return ran("load", str(path), *arguments)


@pytest.mark.parametrize("name", list(commands()))
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    help_ = commands()[name].help

    assert f"  signalcast {name}" in help_
    assert len(summary(commands()[name])) < 110


@pytest.mark.django_db
def test_chats_of_a_source_stay_as_they_were_found_out_unless_the_document_names_some(
    tmp_path: Path,
) -> None:
    loaded(tmp_path, DOCUMENT)
    Source.objects.update(chats="-1001")
    loaded(tmp_path, DOCUMENT)
    assert Source.objects.get().chats == "-1001"

    named = DOCUMENT["sources"][0] | {"chats": [-1002, 77]}
    loaded(tmp_path, DOCUMENT | {"sources": [named]})
    assert Source.objects.get().chats == "-1002 77"


@pytest.mark.django_db
def test_a_document_is_loaded_once_however_often_it_is_given(tmp_path: Path) -> None:
    first = json.loads(loaded(tmp_path, DOCUMENT, "--json"))
    again = json.loads(loaded(tmp_path, DOCUMENT, "--json"))

    created = {name: counts["created"] for name, counts in first.items()}
    assert created == dict.fromkeys(first, 1) | {"destinations": 2}
    assert all(counts["created"] == counts["updated"] == 0 for counts in again.values())
    assert Plan.objects.get().price == 2990
    assert User.objects.get().email == "alice@example.org"
    assert Destination.objects.get(owner__isnull=False).address == "https://alice.example.org/hook"
    assert Broadcast.objects.get().destination.address == "https://channel.example.org/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"feeds": [{"slug": "crypto"}]}, "feeds[0]: Object missing required field `name`"),
        ({"feds": []}, "document: Object contains unknown field `feds`"),
        ({"users": [{"email": "nobody"}]}, "users[0].email"),
        ({"sources": [{"slug": "s", "feed": "none", "token": "12345678"}]}, "sources[0].feed"),
        (
            {"feeds": [{"slug": "x", "name": "X", "broadcasts": [BROADCAST | {"account": "b"}]}]},
            'feeds[0].broadcasts[0].account: there is no "b"',
        ),
        (
            {"users": [{"email": "a@b.c", "destinations": [{"channel": "webhook", "url": "x"}]}]},
            "users[0].destinations[0]",
        ),
    ],
)
def test_a_wrong_document_is_refused_whole_with_the_place(
    tmp_path: Path, changes: dict[str, Any], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("load", str(_written(tmp_path, DOCUMENT | changes)))

    assert ended.value.code == 2
    assert problem in capsys.readouterr().err
    assert not Plan.objects.exists()


def _written(directory: Path, document: Any) -> Path:
    path = directory / "document.json"
    path.write_text(json.dumps(document))
    return path


@pytest.mark.django_db
def test_the_first_owner_is_made_with_a_password_that_is_shown_once() -> None:
    said = ran("owner", "create", "Me@Example.org")

    password = said.rpartition(": ")[2].strip()
    user = User.objects.get()
    assert user.email == "me@example.org"
    assert user.has_role("owner")
    assert user.check_password(password)


@pytest.mark.django_db
def test_somebody_who_is_there_already_becomes_an_owner_and_keeps_the_password() -> None:
    User.objects.create_user("me@example.org", "as before 1")

    assert "is an owner now" in ran("owner", "create", "me@example.org")
    assert "already" in ran("owner", "create", "me@example.org")
    assert User.objects.get().check_password("as before 1")


def test_an_owner_without_an_address_is_refused() -> None:
    with pytest.raises(CommandError, match="no e-mail address"):
        ran("owner", "create", "nobody")


def test_sending_to_nobody_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command(
            *("send", "--token", "t", "--symbol", "BTCUSDT", "--side", "buy"),
            *("--url", "http://127.0.0.1:9"),
        )

    assert ended.value.code == 3
    assert "Nobody answers at http://127.0.0.1:9" in capsys.readouterr().err


@pytest.mark.django_db
def test_a_message_is_parsed_and_nothing_is_stored() -> None:
    out = io.StringIO()
    call_command("parse", "BUY BTCUSDT 64250.10 SL 63000 TP 65000", "--json", stdout=out)

    [draft] = json.loads(out.getvalue())["drafts"]
    assert (draft["symbol"], draft["side"], draft["entries"]) == ("BTCUSDT", "buy", ["64250.10"])


@pytest.mark.django_db
def test_a_message_that_asks_for_nothing_ends_with_another_code() -> None:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("parse", "good morning", stdout=out)

    assert ended.value.code == 1
    assert "Asks for nothing" in out.getvalue()


def test_a_process_stays_in_the_release_that_the_link_led_to_when_it_began(
    tmp_path: Path,
) -> None:
    release = Path(sys.prefix).parent
    (tmp_path / "current").symlink_to(release)
    python = tmp_path / "current" / Path(sys.prefix).name / "bin" / "python"

    done = subprocess.run(
        [python, "-m", "signalcast.cli", "shell", "--no-imports", "-c",
         "import sys; print(sys.prefix)"],
        env={"SIGNALCAST_HOME": str(tmp_path / "home")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout.strip() == str(Path(sys.prefix).resolve())


@pytest.mark.parametrize(
    "words", ["overview", "alerts", "capacity", "jobs list", "audit", "queues", "health database"]
)
def test_a_database_that_is_away_is_told_in_a_sentence(tmp_path: Path, words: str) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]  # where nobody listens
        done = subprocess.run(
            [sys.executable, "-m", "signalcast.cli", "--home", str(tmp_path), *words.split()],
            capture_output=True,
            text=True,
            check=False,
            env={
                **process_environment(),
                "DATABASE_URL": f"postgresql://nobody@127.0.0.1:{port}/none",
            },
        )

    said = done.stdout + done.stderr
    assert "does not answer: connection failed" in said
    assert "Traceback" not in said
    assert done.returncode == (2 if words.startswith("health") else 3)


@pytest.mark.wide
def test_rows_and_what_sqlite_keeps_beside_them_are_for_their_owner_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "signalcast.cli", "--home", str(tmp_path), "migrate"]
    subprocess.run(
        [*command, "contenttypes"],
        check=True,
        capture_output=True,
        env={**process_environment(), "DATABASE_URL": ""},
        umask=0o022,
    )

    made = [path for path in tmp_path.iterdir() if "sqlite3" in path.name]
    assert made
    assert {path.stat().st_mode & 0o077 for path in made} == {0}


@pytest.mark.parametrize("told", ["", "1"], ids=["took-its-file-along", "another-one"])
def test_a_process_whose_manager_ended_before_it_began_ends_at_once(
    tmp_path: Path, told: str
) -> None:
    if told:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "supervisord.pid").write_text(told)
    done = subprocess.run(
        [sys.executable, "-m", "signalcast.cli", "--home", str(tmp_path), "valkey"],
        check=False,
        capture_output=True,
        env={**process_environment(), "SIGNALCAST_MANAGED": "supervisor"},
        timeout=60,
    )

    assert done.returncode == 1
