"""Bring a release to where it runs, or leave everything as it was."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

from signalcast.deploy.release.directory import Releases
from signalcast.deploy.release.install import check, collect_static, install, migrate
from signalcast.deploy.release.problems import NotServing, Refused, RolledBack
from signalcast.deploy.release.restart import processes_here, reload_web, restart
from signalcast.deploy.release.share_environment import share_environment
from signalcast.deploy.release.step_back import behind
from signalcast.deploy.release.unpack import name_of, room_for, unpack
from signalcast.deploy.release.watch import watch
from signalcast.ops.queues.mark_deploy import mark_deploy

Say = Callable[[str], object]
#: Bytes with which nothing can be installed.
FULL = 20_000_000


def release(source: Path, releases: Releases, *, watched: float, say: Say) -> str:
    """Run what SOURCE holds. Returns its name.

    SOURCE may be unpacked where releases are already, under its name: so is the first one, which
    does this itself. WATCHED are seconds that it is looked at after all processes run it. Raises
    Refused when the release before was never left, and RolledBack when it serves again.
    """
    with releases.alone():
        own = source.name if source.resolve().parent == releases.directory.resolve() else ""
        for name in releases.clear(but=own):
            say(f"removed {name}, which was never finished")
        name = own or behind(name_of, source)
        if not releases.record(name):
            _make(source, name, releases, say)
        say("checking it with the settings of this home")
        check(releases.path(name))
        say("migrating the database")
        migrate(releases.path(name))
        say("collecting style sheets and scripts")
        collect_static(releases.path(name))
        _run(name, releases, watched, say)
        for gone in behind(releases.prune):
            say(f"removed {gone}")
    return name


def rollback(name: str, releases: Releases, *, watched: float, say: Say) -> str:
    """Run a finished release again, by default the one before. Returns its name.

    The database stays as it is: what a release adds is nothing that the one before minds.
    """
    with releases.alone():
        record = releases.record(releases.current())
        name = name or (record.replaced if record else "")
        if not name:
            raise Refused("There is no release before this one.")
        if not releases.record(name):
            known = ", ".join(one.name for one in releases.finished())
            raise Refused(f"There is no release {name}. There are: {known}.")
        _run(name, releases, watched, say)
    return name


def _make(source: Path, name: str, releases: Releases, say: Say) -> None:
    """The release's directory, whole or not at all."""
    needed, free = behind(room_for, source), shutil.disk_usage(releases.directory).free
    if free < needed:
        raise Refused(
            f"The disk of {releases.directory} has {free // 1_000_000} MB left, and a release "
            f"needs {needed // 1_000_000} MB. Free some: look at old logs and backups first."
        )
    try:
        if not releases.path(name).exists():
            say(f"unpacking {name}")
            behind(unpack, source, releases.path(name))
        if behind(share_environment, releases.path(releases.current()), releases.path(name)):
            say("sharing the packages of the release before, whose lock is the same")
        else:
            say("installing its packages from the lock")
        install(releases.path(name))
        releases.finish(name)
    except BaseException as error:
        # A program that ran out of room often says something else.
        full = shutil.disk_usage(releases.directory).free < FULL
        releases.forget(name)
        if full and isinstance(error, Refused):
            raise Refused(f"{_no_room(releases)}\n{error}") from error
        if isinstance(error, OSError):
            raise Refused(_in_words(error, releases)) from error
        raise


def _no_room(releases: Releases) -> str:
    return f"The disk of {releases.directory} is full. Nothing was changed; free some room."


def _in_words(error: OSError, releases: Releases) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _no_room(releases)
    return f"The release cannot be written: {error}. Nothing was changed."


def _run(name: str, releases: Releases, watched: float, say: Say) -> None:
    """Switch to a finished release, and back when it doesn't serve."""
    before = releases.current()
    if before != name:
        say(f"switching from {before or 'nothing'} to {name}")
        releases.switch(name, replaced=before)
    elif not processes_here().exclude(version=name[:100]).exists():
        say(f"{name} runs already")
    try:
        _serve(name, releases, watched, say)
    except BaseException as error:
        # Also on Ctrl-C, or when the line to the server is lost: half of each is no state to be in.
        record = releases.record(name)
        old = before if before != name else (record.replaced if record else "")
        if not old or not releases.record(old):
            raise
        say(f"going back to {old}: {str(error) or 'interrupted'}")
        releases.switch(old)
        _serve(old, releases, 0.0, say)
        if isinstance(error, NotServing):
            raise RolledBack(f"{name} does not serve: {error}. {old} runs again.") from error
        raise


def _serve(name: str, releases: Releases, watched: float, say: Say) -> None:
    """Have all that runs here run the release. Raises NotServing."""
    say("reloading the web server")
    web = reload_web(releases.path(name))
    restart(name, say)
    mark_deploy(name, by="signalcast deploy")
    if not web and not processes_here().exists():
        say("nothing runs here yet: start it with the process manager")
        return
    say(f"watching it for {watched:g} s")
    watch(name, watched, web=web)
