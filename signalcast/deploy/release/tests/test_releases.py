"""The releases of a directory: named by what they hold, one current, the last five kept."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from signalcast.deploy.release.directory import KEPT, Releases
from signalcast.deploy.release.problems import Refused
from signalcast.deploy.release.unpack import name_of, unpack

ROOT = Path(__file__).parents[4]


def source(path: Path, version: str = "1.2.0") -> Path:
    """The least that is a release."""
    for name, text in {
        "signalcast/__init__.py": f'__version__ = "{version}"\n',
        "tools/bootstrap.py": "",
        "var/secret.key": "not to be copied",
    }.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    return path


def packed(tree: Path, archive: Path, above: str, kind: str = "gz") -> Path:
    with tarfile.open(archive, mode=f"w:{kind}") as out:  # type: ignore[call-overload]
        out.add(tree, arcname=above)
    return archive


def made(releases: Releases, *names: str) -> None:
    for name in names:
        releases.path(name).mkdir(parents=True)
        releases.finish(name)


def test_a_release_is_named_after_its_version_and_all_that_it_holds(tmp_path: Path) -> None:
    one, other = source(tmp_path / "one"), source(tmp_path / "other")
    (other / "signalcast" / "more.py").write_text("x = 1\n")

    assert name_of(one).startswith("1.2.0-")
    assert name_of(one) == name_of(source(tmp_path / "again"))
    assert name_of(one) != name_of(other)


@pytest.mark.parametrize("above", ["", "signalcast-1.2.0", "a/b"])
def test_an_archive_is_unpacked_whatever_directory_holds_its_tree(
    tmp_path: Path, above: str
) -> None:
    archive = packed(source(tmp_path / "tree"), tmp_path / "release.tar.gz", above or ".")

    unpack(archive, tmp_path / "out")

    assert name_of(archive).startswith("1.2.0-")
    assert (tmp_path / "out" / "tools" / "bootstrap.py").exists()


def test_what_a_working_tree_keeps_for_itself_is_left_out(tmp_path: Path) -> None:
    tree = source(tmp_path / "tree")
    (tree / ".env").write_text("SIGNALCAST_SECRET_KEY=of this machine")

    unpack(tree, tmp_path / "out")

    assert not (tmp_path / "out" / "var").exists()
    assert not (tmp_path / "out" / ".env").exists()


def test_what_is_no_release_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    text = tmp_path / "text.tar.gz"
    text.write_text("no archive")

    with pytest.raises(Refused, match=r"it has no signalcast/__init__\.py"):
        name_of(tmp_path / "empty")
    with pytest.raises(Refused, match="cannot be read as an archive"):
        name_of(text)
    with pytest.raises(Refused, match="cannot be read as an archive"):
        name_of(tmp_path / "gone.tar.gz")


@pytest.mark.parametrize(
    ("kind", "damage"),
    [("gz", "cut"), ("gz", "changed"), ("bz2", "cut"), ("xz", "changed"), ("", "cut")],
)
def test_a_damaged_archive_is_refused(tmp_path: Path, kind: str, damage: str) -> None:
    tree = source(tmp_path / "tree")
    (tree / "noise").write_bytes(os.urandom(100_000))
    archive = packed(tree, tmp_path / "release", "sc", kind)
    stored = archive.read_bytes()
    half = len(stored) // 2
    changed = stored[:half] + bytes(4_000) + stored[half + 4_000 :]
    archive.write_bytes(stored[:half] if damage == "cut" else changed)

    with pytest.raises(Refused, match="cannot be read as an archive"):
        unpack(archive, tmp_path / "out")


@pytest.mark.parametrize("name", ["../outside.py", "way/outside.py", "away"])
def test_an_archive_cannot_write_outside_its_release(tmp_path: Path, name: str) -> None:
    tree = source(tmp_path / "tree")
    (tree / "way").symlink_to(".." if name.startswith("way") else "tools")
    if name == "away":
        (tree / name).symlink_to(tmp_path)
    with tarfile.open(tmp_path / "evil.tar", "w") as out:
        out.add(tree, arcname="sc")
        if name.endswith(".py"):
            out.add(tree / "tools" / "bootstrap.py", arcname=f"sc/{name}")

    with pytest.raises(Refused, match="leads out of it"):
        unpack(tmp_path / "evil.tar", tmp_path / "out")
    assert not list(tmp_path.rglob("outside.py"))


def test_an_archives_links_and_who_may_run_a_file_are_kept(tmp_path: Path) -> None:
    tree = source(tmp_path / "tree")
    (tree / "tools" / "bootstrap.py").chmod(0o755)
    os.link(tree / "tools" / "bootstrap.py", tree / "tools" / "again.py")
    (tree / "short").symlink_to("tools/bootstrap.py")

    unpack(packed(tree, tmp_path / "release.tar", "sc"), tmp_path / "out")

    made = tmp_path / "out"
    assert (made / "short").readlink() == Path("tools/bootstrap.py")
    for name in ("bootstrap.py", "again.py"):
        assert (made / "tools" / name).read_text() == (tree / "tools" / name).read_text()
        assert (made / "tools" / name).stat().st_mode & 0o777 == 0o755
    assert (made / "signalcast" / "__init__.py").stat().st_mode & 0o777 == 0o644


def test_an_archive_with_a_pipe_is_refused(tmp_path: Path) -> None:
    tree = source(tmp_path / "tree")
    os.mkfifo(tree / "pipe")

    with pytest.raises(Refused, match="pipe, which is no file"):
        unpack(packed(tree, tmp_path / "release.tar", "sc"), tmp_path / "out")


def test_the_current_release_is_switched_and_knows_what_it_replaced(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    made(releases, "1", "2")

    releases.switch("1", replaced="")
    releases.switch("2", replaced="1")
    record = releases.record("2")

    assert (tmp_path / "current").resolve() == releases.path("2")
    assert releases.current() == "2"
    assert record is not None
    assert record.replaced == "1"


def test_the_last_five_are_kept_with_the_current_one_and_the_one_before(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    made(releases, *(f"{number}" for number in range(8)))
    releases.switch("1", replaced="")
    releases.switch("2", replaced="1")

    gone = releases.prune()

    kept = {one.name for one in releases.finished()}
    assert len(kept) == KEPT
    assert kept == {"1", "2", "5", "6", "7"}
    assert sorted(gone) == ["0", "3", "4"]


def test_what_was_never_finished_is_removed_and_cannot_be_gone_back_to(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    made(releases, "1")
    releases.path("2").mkdir()

    assert releases.record("2") is None
    assert releases.clear(but="2") == []
    assert releases.clear() == ["2"]
    assert [one.name for one in releases.finished()] == ["1"]


def test_two_cannot_release_at_once(tmp_path: Path) -> None:
    releases = Releases(tmp_path)

    with (
        releases.alone(),
        pytest.raises(Refused, match="is under way"),
        Releases(tmp_path).alone(),
    ):
        pass
    with releases.alone():
        pass


def test_our_own_tree_is_a_release() -> None:
    assert name_of(ROOT)
