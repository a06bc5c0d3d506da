"""Who may read and write the files: 755 and 644 in releases, 600 for secrets, 700 for the home."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from signalcast.deploy.doctor.finding import Check, Finding, note, ok, problem, skipped, unknown
from signalcast.deploy.doctor.scene import Scene
from signalcast.deploy.release.directory import KEPT

#: Files of the home that hold secrets: settings with passwords, keys, the database itself.
SECRETS = (".env", "*.key", "*.sqlite3*")
#: Directories of the home, with the mode that they are made with: the web server, which is another
#: user, reads what is in `static`.
DIRECTORIES = {"run": 0o700, "log": 0o700, "static": 0o755}
OPEN_TO_OTHERS = 0o077
WRITABLE_BY_OTHERS = 0o022
#: Names of one kind of wrong file that are told.
SHOWN = 3


def _home(scene: Scene) -> Iterator[Finding]:
    home = scene.home
    if not home.is_dir():
        yield problem(f"There is no home at {home}", "Nothing can run without it.",
                      f"mkdir -m 700 -p {home}")  # fmt: skip
        return
    wrong = False
    for path, mode in _too_open(home):
        wrong = True
        yield problem(
            f"{path} is {_mode(path):03o}, not {mode:03o}",
            "Other users of the machine read keys, passwords and what subscribers pay for.",
            f"chmod {mode:03o} {path}",
        )
    for name, mode in DIRECTORIES.items():
        path = home / name
        if not path.is_dir():
            wrong = True
            yield problem(f"{path} is missing", "Processes cannot write what they have to.",
                          f"mkdir -m {mode:03o} {path}")  # fmt: skip
        elif not os.access(path, os.W_OK):
            wrong = True
            yield problem(
                f"{path} cannot be written by this user",
                "A process that cannot write its log or its socket does not start.",
                f"chown -R {scene.host.user if scene.host else 'signalcast'}: {path}",
            )
    for path, mode in _closed_to_web_server(scene):
        wrong = True
        yield problem(
            f"{path} is {_mode(path):03o}, and the web server has to get through it",
            "Pages come without styles: it cannot read the static files.",
            f"chmod {mode:03o} {path}",
        )
    if not wrong:
        yield ok("The home and its secrets are for their owner alone, and can be written.")


def _closed_to_web_server(scene: Scene) -> Iterator[tuple[Path, int]]:
    """What it has to get through to reach the static files, with the mode that lets it."""
    if not (scene.host and scene.host.has("web") and scene.host.web_server != "none"):
        return
    for path, mode in ((scene.home, 0o711), (scene.home / "static", DIRECTORIES["static"])):
        if path.is_dir() and _mode(path) & mode & 0o055 != mode & 0o055:
            yield path, mode


def _too_open(home: Path) -> Iterator[tuple[Path, int]]:
    """What others can read and must not, with the mode that it should have.

    The web server serves `static` below the home, so it may pass through, and no more.
    """
    if _mode(home) & (OPEN_TO_OTHERS & ~0o011):
        yield home, 0o711 if _mode(home) & 0o011 else 0o700
    for pattern in SECRETS:
        for path in sorted(home.glob(pattern)):
            if path.is_file() and _mode(path) & OPEN_TO_OTHERS:
                yield path, 0o600


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _fix_home(scene: Scene) -> Iterator[str]:
    home = scene.home
    if not home.is_dir():
        home.mkdir(mode=0o700, parents=True)
        yield f"{home} is made."
    for path, mode in list(_too_open(home)):
        path.chmod(mode)
        yield f"{path} is {mode:03o} now."
    for name, mode in DIRECTORIES.items():
        path = home / name
        missing = not path.is_dir()
        if missing:
            path.mkdir()
        if missing or _mode(path) & mode != mode:
            path.chmod(mode)  # whatever the umask leaves
            yield f"{path} is {'made' if missing else f'{mode:03o} now'}."
    for path, mode in _closed_to_web_server(scene):
        path.chmod(mode)
        yield f"{path} is {mode:03o} now."


def _release(scene: Scene) -> Iterator[Finding]:
    current = scene.base / "current"
    if not current.is_dir():
        yield skipped(f"There is no release at {current}.")
        return
    wrong = list(_writable(current.resolve()))
    if not wrong:
        yield ok("Nobody but its owner can change the release.")
        return
    shown = ", ".join(str(path) for path in wrong[:SHOWN])
    more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    yield problem(
        f"Others can write {shown}{more}",
        "Whoever writes there decides what the installation runs.",
        f"chmod -R go-w {current.resolve()}",
    )


def _writable(release: Path) -> Iterator[Path]:
    for folder, directories, files in os.walk(release):
        for name in (".", *files):
            path = Path(folder, name)
            if not path.is_symlink() and _mode(path) & WRITABLE_BY_OTHERS:
                yield path
        directories[:] = [name for name in directories if not Path(folder, name).is_symlink()]


def _fix_release(scene: Scene) -> Iterator[str]:
    current = scene.base / "current"
    if not current.is_dir():
        return
    count = 0
    for path in list(_writable(current.resolve())):
        path.chmod(_mode(path) & ~WRITABLE_BY_OTHERS)
        count += 1
    if count:
        yield f"{count} files and directories of the release are closed to others."


def _releases(scene: Scene) -> Iterator[Finding]:
    folder = scene.base / "releases"
    if not folder.is_dir():
        yield skipped(f"There are no releases at {folder}.")
        return
    current = scene.base / "current"
    if current.is_symlink() and not current.exists():
        yield problem(
            f"{current} leads to {os.readlink(current)}, which is not there",
            "At its next start, nothing starts.",
            "signalcast deploy rollback",
        )
    try:
        there = sorted(path for path in folder.iterdir() if path.is_dir())
    except PermissionError:
        yield unknown(f"{folder} is not for this user to see.", "sudo signalcast doctor")
        return
    if len(there) <= KEPT:
        yield ok(f"{len(there)} releases are kept.")
        return
    old = sorted(there, key=lambda path: path.stat().st_mtime)[: len(there) - KEPT]
    old = [path for path in old if path != current.resolve()]
    yield note(
        f"{len(there)} releases are there, {KEPT} are enough",
        "They fill the disk.",
        "rm -r " + " ".join(map(str, old)),
    )


CHECKS = {
    "home": Check("security", "The home and its secrets are for their owner alone; logs can be "
                  "written.", _home, _fix_home),
    "release": Check("security", "Nobody but its owner can change what runs.", _release,
                     _fix_release),
    "releases": Check("installation", "Old releases are cleared away.", _releases),
}  # fmt: skip
