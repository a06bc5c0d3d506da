"""Static files: small, named after their content, there for as long as a page may name them."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.templatetags.static import static
from django.test import Client
from pytest_django.fixtures import Settings

from signalcast.core.env import environment
from tests.waiting import wait_for

# A request asks after connections that other tests left open.
pytestmark = pytest.mark.django_db

DAY = 86_400 * 10**9  # nanoseconds

#: Where the pages have theirs.
PORTAL = Path("signalcast/portal/static").absolute()


class Release:
    """A directory of files as packages have them, and the home that they are collected in."""

    def __init__(self, directory: Path, settings: Settings) -> None:
        self.settings = settings
        self.sources = directory / "sources"
        self.root = directory / "home" / "static"
        self.sources.mkdir()
        self.root.mkdir(parents=True)
        settings.STATIC_ROOT = self.root
        # Not also what packages bring, which takes a second to compress.
        settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
        self.has("own.css", "a  { color: red; }\n")

    def has(self, name: str, text: str) -> None:
        """The next release says TEXT in a file."""
        path = self.sources / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        # A new process, for Django: what it kept of another release is forgotten.
        self.settings.STATICFILES_DIRS = [self.sources, PORTAL]
        self.settings.STATIC_ROOT = self.root

    def collect(self) -> dict[str, object]:
        """Collect as the command does, and begin with what it left."""
        from io import StringIO

        said = StringIO()
        call_command("collectstatic", json=True, stdout=said)
        self.settings.STATIC_ROOT = self.root
        done: dict[str, object] = json.loads(said.getvalue())
        return done

    def age(self, days: float) -> None:
        """So many days go by."""
        for path in self.root.rglob("*"):
            then = path.stat().st_mtime_ns - int(days * DAY)
            os.utime(path, ns=(then, then))

    def text(self, url: str) -> str:
        """What is stored under an address."""
        return (self.root / url.removeprefix("/static/")).read_text()


@pytest.fixture
def release(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Release]:
    monkeypatch.setenv("SIGNALCAST_HOME", str(tmp_path / "home"))
    environment.cache_clear()
    yield Release(tmp_path, settings)
    monkeypatch.undo()
    environment.cache_clear()


class Fetched:
    """What the pages' server answers for an address."""

    def __init__(self, url: str, encoding: str = "") -> None:
        answer = Client().get(url, headers={"Accept-Encoding": encoding})
        self.headers = answer.headers
        self.body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        answer.close()


def test_a_browser_gets_a_small_file_and_never_asks_for_it_again(release: Release) -> None:
    release.collect()
    url = static("signalcast/signalcast.css")
    assert re.fullmatch(r"/static/signalcast/signalcast\.[0-9a-f]{12}\.css", url)

    plain, packed, best = (Fetched(url, one) for one in ("", "gzip", "gzip, deflate, br"))
    sizes = [len(one.body) for one in (plain, packed, best)]
    assert sizes[0] < (PORTAL / "signalcast/signalcast.css").stat().st_size
    assert sizes[0] > 3 * sizes[1] > 3 * sizes[2]
    assert gzip.decompress(Fetched(url, "gzip").body) == Fetched(url).body
    assert [one.headers.get("Content-Encoding") for one in (plain, packed, best)] == [
        None,
        "gzip",
        "br",
    ]
    for answer in (plain, packed, best):
        assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Vary"] == "Accept-Encoding"


def test_what_files_name_they_name_by_content_too(release: Release) -> None:
    release.has("mod/a.js", 'import { b } from "./b.js";\n\nb();  // says it\n')
    release.has("mod/b.js", "export const b = () => `// ${1}  no comment`;\n")
    release.has("mod/look.css", "/* why */ a { background: url('dot.svg') }\n")
    release.has("mod/dot.svg", "<svg/>")
    release.collect()

    named = static("mod/b.js").rpartition("/")[2]
    assert release.text(static("mod/a.js")) == f'import{{b}} from "./{named}";b();'
    assert "`// ${1}  no comment`" in release.text(static("mod/b.js"))
    named = static("mod/dot.svg").rpartition("/")[2]
    assert release.text(static("mod/look.css")) == f'a{{background:url("{named}")}}'


def test_two_releases_find_their_own_files_in_one_directory(release: Release) -> None:
    assert release.collect()["made"]
    first = static("own.css")
    release.has("own.css", "a { color: blue }")
    assert release.collect()["made"]
    second = static("own.css")

    assert (release.text(first), release.text(second)) == ("a{color:red}", "a{color:blue}")
    release.has("own.css", "a  { color: red; }\n")  # the first one again, as processes of it see
    assert static("own.css") == first
    assert Fetched(second).body == b"a{color:blue}"
    assert "immutable" in Fetched(second).headers["Cache-Control"]
    assert not release.collect()["made"]


def test_a_file_outlives_its_release_by_thirty_days(release: Release) -> None:
    release.collect()
    first = static("own.css")
    release.age(days=300)
    release.has("own.css", "a { color: blue }")
    assert release.collect()["removed"] == 0  # it was in use until now
    assert release.text(first)

    release.age(days=31)
    done = release.collect()
    assert done["removed"] == 2  # the file, too short to be compressed, and its manifest
    assert not (release.root / first.removeprefix("/static/")).exists()
    assert release.text(static("own.css")) == "a{color:blue}"


def test_what_nobody_collected_is_served_as_it_is(release: Release) -> None:
    release.collect()
    release.has("own.css", "a { color: green }")

    assert static("own.css") == "/static/own.css"
    answer = Fetched("/static/own.css")
    assert answer.body == b"a { color: green }"
    assert answer.headers["Cache-Control"] == "max-age=60, public"


def test_a_file_that_names_a_missing_one_is_refused_with_a_sentence(release: Release) -> None:
    release.collect()
    release.has("own.css", "a { background: url(gone.png) }")

    with pytest.raises(CommandError, match=r"own\.css cannot be served: .*gone\.png"):
        release.collect()
    assert not list(release.root.parent.glob("*draft*"))


def command(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "signalcast.cli", "collectstatic"],
        env={"SIGNALCAST_HOME": str(home), "PYTHONPATH": "."},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def assert_complete(home: Path) -> None:
    (manifest,) = (home / "static").glob("manifest-*.json")
    named = json.loads(manifest.read_text())["paths"]
    assert "signalcast/live.js" in named
    assert all((home / "static" / one).stat().st_size for one in named.values())
    assert {path.name for path in home.iterdir()} == {"run", "secret.key", "static"}


@pytest.mark.wide
def test_several_may_collect_at_once_and_one_may_be_killed(tmp_path: Path) -> None:
    killed = command(tmp_path)
    wait_for(
        lambda: (tmp_path / "static.draft").exists() or killed.poll() is not None,
        within=60,
        message="it is at work",
    )
    killed.kill()
    killed.communicate()

    several = [command(tmp_path) for _ in range(3)]
    told = [one.communicate()[0] for one in several]
    assert [one.returncode for one in several] == [0, 0, 0], told
    assert_complete(tmp_path)


def test_static_files_come_from_a_cdn_when_there_is_one(tmp_path: Path) -> None:
    program = (
        "import django; django.setup(); from django.templatetags.static import static\n"
        "from django.test import Client; print(static('signalcast/live.js'),"
        " Client().get('/static/signalcast/live.js').status_code)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program],
        env={
            "SIGNALCAST_HOME": str(tmp_path),
            "PYTHONPATH": ".",
            "DJANGO_SETTINGS_MODULE": "signalcast.settings",
            "STATIC_CDN_URL": "https://cdn.example.org/signals/",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.stdout.split() == [
        "https://cdn.example.org/signals/static/signalcast/live.js",
        "200",
    ], shown.stderr
