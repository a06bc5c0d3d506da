"""The web server changes its release without dropping a request, and refuses a broken one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.crowd import Crowd
from tests.acceptance.database import Database
from tests.acceptance.installation import Installation, installation
from tests.acceptance.plan import document
from tests.acceptance.poster import status_of
from tests.acceptance.receivers import Receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide]

ROOT = Path(__file__).parents[2]
#: No limit of rate stands in the way of a crowd.
FAST = {"SIGNALCAST_INTAKE_RATE": "1000000", "SIGNALCAST_INTAKE_BURST": "1000000"}


def status(made: Installation) -> dict[str, Any]:
    """What is known of the one web server."""
    [found] = json.loads(made.run("web", "status", "--json"))
    assert isinstance(found, dict)
    return found


def release(directory: Path, version: str) -> Path:
    """A copy of the product that says it is another version."""
    made = directory / "releases" / version
    skipped = shutil.ignore_patterns("tests", "__pycache__")
    shutil.copytree(ROOT / "signalcast", made / "signalcast", ignore=skipped)
    (made / ".venv").symlink_to(Path(sys.prefix))
    (made / "signalcast" / "__init__.py").write_text(f'__version__ = "{version}"\n')
    return made


def switch(link: Path, target: Path) -> None:
    """Have a link lead elsewhere, in one step as a release does."""
    draft = link.with_suffix(".new")
    draft.symlink_to(target)
    draft.replace(link)


def assert_answered(crowd: Crowd) -> None:
    """A disk that stalls for a second is told with 503, reload or not, and is seldom met."""
    assert set(crowd.answers) - {503} == {200, 202}
    assert crowd.answers.get(503, 0) < crowd.answered / 20


@pytest.mark.alone
@pytest.mark.parametrize("clients", [1_000])
def test_a_thousand_requests_in_flight_during_reloads_are_all_answered(
    directory: Path, targets: Receivers, clients: int
) -> None:
    with installation(directory, Database(), **FAST) as made:
        made.prepare(document(targets, ["alice"]))
        made.start("valkey")
        made.start("web", "--workers", "2")
        made.wait_ready()
        looking = clients // 20
        with Crowd(made.port, posting=clients - looking, looking=looking) as crowd:
            for _ in range(3):
                before = crowd.answered
                wait_for(
                    lambda: crowd.answered > before + clients,  # noqa: B023 - asked at once
                    within=60,
                    message="the crowd is under way",
                )
                assert "answers, version" in made.run("web", "reload")
        assert not crowd.dropped
        assert_answered(crowd)
        # Whoever was told 503 may have been too early to know: then it is stored all the same.
        stored = made.query("Receipt.objects.count()")
        assert 0 <= stored - crowd.answers[202] <= crowd.answers.get(503, 0)
        assert status(made)["generation"] == 4


@pytest.mark.alone
def test_pages_and_doors_apart_are_reloaded_without_dropping_a_request(
    directory: Path, targets: Receivers
) -> None:
    with installation(directory, Database(), **FAST) as made:
        made.prepare(document(targets, ["alice"]))
        made.start("valkey")
        doors = Installation(directory, Database())
        made.start("web", "--serve", "doors", "--port", str(doors.port), "--workers", "1")
        made.start("web", "--serve", "pages", "--workers", "2")
        for url in (made.url, doors.url):
            wait_for(lambda url=url: status_of(f"{url}/livez") == 200, within=30, message=url)  # type: ignore[misc]
        assert status_of(f"{doors.url}/sign-in/") == 404
        assert status_of(f"{made.url}/in/v1/signals") == 404
        roles = "sorted(ProcessBeat.objects.values_list('role', flat=True))"
        wait_for(
            lambda: made.query(roles) == ["intake", "web"],
            within=30,
            every=0.5,
            message="each tells of itself by its own name",
        )

        crowd = Crowd(doors.port, posting=100, looking=20, pages_port=made.port)
        with crowd:
            wait_for(lambda: crowd.answered > 500, within=60, message="the crowd is under way")
            told = made.run("web", "reload")
            assert f"pages on 127.0.0.1:{made.port}: generation 2 answers" in told
            assert f"doors on 127.0.0.1:{doors.port}: generation 2 answers" in told
        assert not crowd.dropped
        assert_answered(crowd)


def test_a_reload_serves_the_release_behind_the_link_and_a_broken_one_changes_nothing(
    directory: Path, targets: Receivers
) -> None:
    good, better, broken = (release(directory, name) for name in ("1.0.0", "1.1.0", "1.2.0"))
    (broken / "signalcast" / "asgi.py").write_text("raise RuntimeError('broken')\n")
    link = directory / "current"
    link.symlink_to(good)
    with installation(directory, Database()) as made:
        made.prepare(document(targets, ["alice"]))
        with (directory / "web.log").open("ab") as log:
            web = subprocess.Popen(
                [str(link / ".venv/bin/python"), "-m", "signalcast.cli", "web", "--workers", "1"],
                cwd=link, env=made.environment, stdout=log, stderr=log,
            )  # fmt: skip
        made.processes.append(web)
        made.wait_ready()
        assert (status(made)["version"], status(made)["release"]) == ("1.0.0", str(good))

        switch(link, better)
        web.send_signal(signal.SIGHUP)
        wait_for(
            lambda: status(made)["version"] == "1.1.0",
            within=30,
            every=1,
            message="the next release",
        )
        assert status(made)["release"] == str(better)

        switch(link, broken)
        told = made.run("web", "reload", expect=1)
        assert "not reloaded" in told
        assert "What served before goes on." in told
        assert status(made)["version"] == "1.1.0"
        assert status_of(f"{made.url}/sign-in/") == 200
        assert "web.not_reloaded" in (directory / "web.log").read_text()

        switch(link, good)
        assert "version 1.0.0" in made.run("web", "reload")
        os.kill(web.pid, signal.SIGTERM)
        assert web.wait(20) == 0


def test_status_and_reload_say_when_nothing_runs(directory: Path) -> None:
    made = Installation(directory, Database())
    for action in ("status", "reload"):
        assert f"No web server runs in {made.home}." in made.run("web", action, expect=1)
