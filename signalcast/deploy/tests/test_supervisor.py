"""The file that the process manager reads."""

from __future__ import annotations

from configparser import RawConfigParser
from pathlib import Path

import pytest

from signalcast.core.env import environment
from signalcast.deploy.targets.supervisor import Place, render, spares
from signalcast.pipeline import Process, processes

TABLE = (
    Process("web", "web", 1, 20, "pages"),
    Process("worker", "worker", 4, 30, "decides"),
)


def read(text: str) -> RawConfigParser:
    parser = RawConfigParser(inline_comment_prefixes=(";",))
    parser.read_string(text)
    return parser


def test_every_process_of_the_table_is_a_program() -> None:
    found = read(render(processes(), Place("/venv/bin/python")))

    for process in processes():
        section = found[f"program:{process.name}"]
        assert section["command"].endswith(f"-m signalcast.cli {process.command}")
        assert section["numprocs"] == str(process.count)
        assert section["stopwaitsecs"] == str(process.stop_within)
        assert section["stopsignal"] == "TERM"


@pytest.mark.parametrize(
    ("address", "polling", "fetches"),
    [("", "0", True), ("https://signals.example.org", "0", False),
     ("https://signals.example.org", "1", True)],
)  # fmt: skip
def test_bots_are_fetched_from_where_telegram_cannot_reach_the_door(
    monkeypatch: pytest.MonkeyPatch, address: str, polling: str, fetches: bool
) -> None:
    monkeypatch.setenv("SIGNALCAST_PUBLIC_URL", address)
    monkeypatch.setenv("SIGNALCAST_TELEGRAM_POLLING", polling)
    environment.cache_clear()
    try:
        assert ("telegram" in [one.name for one in processes()]) is fetches
    finally:
        environment.cache_clear()


def test_what_may_join_follows_in_number_and_waits_to_be_started() -> None:
    table = (Process("sender", "sender", 2, 30, "sends", 5),)
    found = read(render(table, Place("/venv/bin/python")))
    usual, more = found["program:sender"], found["program:sender-more"]

    assert (usual["numprocs"], more["numprocs"], more["numprocs_start"]) == ("2", "3", "2")
    assert usual["process_name"] == more["process_name"] == "sender-%(process_num)d"
    assert "autostart" not in usual
    assert more["autostart"] == "false"
    assert spares(table) == ["sender-2", "sender-3", "sender-4"]


def test_programs_start_in_the_tables_order() -> None:
    found = read(render(TABLE, Place("/venv/bin/python")))

    assert [found[f"program:{one.name}"]["priority"] for one in TABLE] == ["10", "20"]


def test_a_path_with_signs_that_mean_something_to_the_manager_is_taken_as_it_is() -> None:
    text = render(TABLE, Place("/100% mine; #2/python"))

    assert "'/100%% mine" in text.replace("\\", "")


def test_sockets_live_beside_the_file_unless_said_otherwise() -> None:
    beside = read(render(TABLE, Place("/venv/bin/python")))
    elsewhere = read(render(TABLE, Place("/venv/bin/python", Path("/tmp/short"))))  # noqa: S108

    assert beside["unix_http_server"]["file"] == "%(here)s/supervisor.sock"
    assert elsewhere["unix_http_server"]["file"] == "/tmp/short/supervisor.sock"  # noqa: S108


@pytest.mark.parametrize("name", [process.name for process in processes()])
def test_every_process_writes_a_log_of_its_own_that_is_kept_small(name: str) -> None:
    section = read(render(processes(), Place("/venv/bin/python")))[f"program:{name}"]

    assert f"log/{name}-%%(process_num)d.log" in section["stdout_logfile"]
    assert int(section["stdout_logfile_maxbytes"]) < 100_000_000


def test_processes_start_in_the_release_that_a_link_leads_to_by_then() -> None:
    linked = read(render(TABLE, Place("/venv/bin/python", directory="/srv/signalcast/current")))
    without = read(render(TABLE, Place("/venv/bin/python")))

    assert linked["program:web"]["directory"] == "/srv/signalcast/current"
    assert "directory" not in without["program:web"]
