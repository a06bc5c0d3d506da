"""Releases, with real environments from the lock, real processes, and signals that keep coming."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from signalcast.deploy.release.directory import Releases
from signalcast.deploy.release.unpack import LEFT_OUT
from tests.acceptance.database import Database
from tests.acceptance.installation import PATIENCE, Installation, installation
from tests.acceptance.plan import Played, document
from tests.acceptance.receivers import Receivers, receivers
from tests.waiting import wait_for

pytestmark = [pytest.mark.acceptance, pytest.mark.wide, pytest.mark.alone]

ROOT = Path(__file__).parents[2]
PEOPLE = ["alice"]
#: Signals a second.
RATE = 50
#: Seconds of signals until each process has had some, and then seconds in which it is seen how
#: slow the slowest is without a release.
WARM, USUAL = 5.0, 10.0
#: Seconds within which every signal arrives, whatever is being released.
LATE = 2.0
#: Seconds after which a signal shows, before any release, that these signals alone are more than
#: the machine can do at the moment. It then says nothing of a release.
OVERLOADED = 0.5


class Site:
    """An installation that was released, and runs."""

    def __init__(self, made: Installation, targets: Receivers, base: Path) -> None:
        self.made, self.targets, self.base = made, targets, base
        self.releases = Releases(base)

    def deploy(self, *words: str, expect: int = 0, base: Path | None = None) -> str:
        """Run `signalcast deploy`. Returns what it said."""
        return self.made.run("deploy", *words, "--base", str(base or self.base), expect=expect)

    def start(self) -> None:
        """Start the current release under its process manager, through the link."""
        python = self.base / "current" / ".venv" / "bin" / "python"
        with (self.made.directory / "up.log").open("ab") as log:
            process = subprocess.Popen(
                [str(python), "-m", "signalcast.cli", "up"],
                cwd=self.base / "current",
                env=self.made.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.made.processes.append(process)
        self.made.wait_ready()
        wait_for(lambda: len(self.versions()) >= 6, within=PATIENCE, message="all are there")

    def versions(self) -> list[str]:
        """What each process that tells of itself runs."""
        return list(self.made.query("list(ProcessBeat.objects.values_list('version', flat=True))"))

    def changed(self, **edits: str) -> Path:
        """A source tree like ours, with texts added to the ends of files: `a__b=...` is a/b.py."""
        source = Path(tempfile.mkdtemp(dir=self.made.directory)) / "source"
        shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*LEFT_OUT))
        for name, text in {**edits, "signalcast____init__": f"\n# {source.parent.name}\n"}.items():
            file = source / (name.replace("____init__", "/__init__").replace("__", "/") + ".py")
            if name.endswith("____init__"):
                file = source / name.removesuffix("____init__").replace("__", "/") / "__init__.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a") as out:
                out.write(text)
        return source


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    base = Path(tempfile.mkdtemp(prefix="scr-"))
    try:
        with receivers() as targets, installation(base, Database()) as made:
            site = Site(made, targets, base)
            said = site.deploy("release", str(ROOT))
            assert "nothing runs here yet" in said
            made.prepare(document(targets, PEOPLE))
            site.start()
            yield site
    finally:
        shutil.rmtree(base, ignore_errors=True)


@dataclass
class Load:
    """Signals that keep coming: when each was first posted, and when it arrived."""

    played: Played
    posted: dict[str, float] = field(default_factory=dict)

    def slowest(self, since: float, until: float) -> float:
        """Seconds of the slowest way from a first post between these moments to a subscriber."""
        arrived: dict[str, float] = {}
        for one in list(self.played.receivers.arrivals):
            arrived[one.comment] = max(one.at, arrived.get(one.comment, 0.0))
        return max(
            arrived[comment] - at for comment, at in self.posted.items() if since <= at < until
        )


@contextmanager
def signals(site: Site, name: str) -> Iterator[Load]:
    """Post RATE signals a second while the block runs; all of them arrive, and none twice.

    A machine that is overloaded answers 503 and is asked again, as a careful sender does: what
    that costs is in the seconds. Nobody is ever left without an answer.
    """
    load = Load(Played(site.made, site.targets, PEOPLE))
    poster = load.played.poster
    done = threading.Event()

    def post() -> None:
        began = time.monotonic()
        with ThreadPoolExecutor(16) as pool:
            for number in range(1_000_000):
                if done.wait(max(0.0, began + number / RATE - time.monotonic())):
                    return
                comment = f"{name}-{number}"
                load.posted[comment] = time.monotonic()
                pool.submit(poster.insist, comment)

    thread = threading.Thread(target=post)
    thread.start()
    try:
        yield load
    finally:
        done.set()
        thread.join()
    assert {answer.status for answer in poster.answers} <= {202, 503}
    assert set(poster.accepted) == set(load.posted)
    wait_for(lambda: not load.played.missing(), within=120, every=0.5, message="all delivered")
    assert load.played.duplicates() == 0


def passed(seconds: float) -> None:
    """Return when so much time has passed."""
    began = time.monotonic()
    wait_for(lambda: time.monotonic() - began > seconds, within=PATIENCE, message="time passed")


def still_serves(site: Site, name: str) -> None:
    """The release of that name runs, and a signal gets through."""
    assert site.releases.current() == name
    assert set(site.versions()) == {name}
    with signals(site, f"after-{time.monotonic_ns()}"):
        pass


def test_a_release_under_fifty_signals_a_second_drops_and_doubles_none(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    before = site.releases.current()
    source = site.changed()
    with signals(site, "during") as load:
        passed(WARM)
        began = time.monotonic()
        passed(USUAL)
        released = time.monotonic()
        site.deploy("release", str(source), "--watch", "3")

    usual, slowest = load.slowest(began, released), load.slowest(released, time.monotonic())
    with capsys.disabled():
        sys.stdout.write(f"\nslowest signal: {usual:.2f} s before, {slowest:.2f} s meanwhile\n")
    assert slowest < LATE or usual > OVERLOADED
    assert site.releases.current() != before
    assert set(site.versions()) == {site.releases.current()}
    assert len(site.releases.finished()) == 2


@pytest.mark.parametrize(
    "broken", ["signalcast__asgi", "signalcast__cli__management__commands__worker"]
)
def test_a_release_that_does_not_serve_gives_way_to_the_one_before(site: Site, broken: str) -> None:
    before = site.releases.current()
    source = site.changed(**{broken: "\nraise RuntimeError('this release is broken')\n"})

    said = site.deploy("release", str(source), expect=3)

    assert f"{before} runs again" in said
    still_serves(site, before)


def test_a_migration_that_fails_halfway_leaves_the_release_before(site: Site) -> None:
    before = site.releases.current()
    head = "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n"
    field = "migrations.AddField('processbeat', 'mood', models.TextField(null=True))"
    source = site.changed(
        signalcast__work__migrations__0006_mood=f"{head}    dependencies = [('work', "
        f"'0005_release_of_processes')]\n    operations = [{field}]\n",
        signalcast__work__migrations__0007_fails=f"{head}    dependencies = [('work', "
        "'0006_mood')]\n    operations = [migrations.RunSQL('DROP TABLE not_there')]\n",
    )

    said = site.deploy("release", str(source), expect=1)

    assert "Its migrations fail" in said
    assert "not_there" in said
    still_serves(site, before)


@pytest.mark.skipif(os.geteuid() != 0, reason="root: only root can mount a small disk")
@pytest.mark.parametrize(("megabytes", "told"), [(100, "MB left"), (500, "is full")])
def test_a_disk_that_is_full_leaves_the_release_before(
    site: Site, megabytes: int, told: str
) -> None:
    before = site.releases.current()
    disk = Path(tempfile.mkdtemp(dir=site.made.directory))
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(disk)], check=True
    )
    full = threading.Thread(target=fill_when_unpacked, args=(disk,), daemon=True)
    full.start()
    try:
        said = site.deploy("release", str(site.changed()), expect=1, base=disk)
        assert told in said
        assert not list((disk / "releases").iterdir())
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
    still_serves(site, before)


def fill_when_unpacked(disk: Path) -> None:
    """Take all that is left once an environment is being made."""
    try:
        wait_for(
            lambda: list(disk.glob("releases/*/.venv/bin/python")), within=60, message="unpacked"
        )
        with (disk / "filler").open("wb") as file:
            for _ in range(1_000):
                file.write(b"\0" * 1_048_576)
    except (OSError, AssertionError):
        return  # it is full, or was never large enough


def test_a_rollback_runs_the_release_before_and_says_so(site: Site) -> None:
    before = site.releases.current()
    site.deploy("release", str(site.changed()), "--watch", "1")
    assert site.releases.current() != before

    said = site.deploy("rollback", "--watch", "1")

    assert f"{before} runs." in said
    still_serves(site, before)
    [marked] = [line for line in site.deploy("releases").splitlines() if line.startswith("*")]
    assert before in marked
