"""What has to be so on a machine, in the order in which it is made so. Data, and nothing else.

Tests and runs are lines for `sh`, as root. Whether systemd runs is asked on the machine itself: a
root directory that is being prepared (chroot, image) has none, and gets all that needs none.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: Where we keep what we have to remember of a machine.
STATE = "/var/lib/signalcast"
#: Whether the machine itself runs, and not only its files are there.
LIVE = "[ -d /run/systemd/system ]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that is so afterwards, in words."""

    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Need(Step):
    """What must be so before anything is touched. Where TEST fails, REFUSAL is told."""

    test: str
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages(Step):
    """Packages of the system's archive."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Step):
    """Somebody who may sign in with keys, or, without any, whom processes run as."""

    name: str
    home: str
    keys: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory(Step):
    """A directory, with the modes and the owner that it has."""

    path: str
    mode: str = "755"
    owner: str = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class File(Step):
    """A text file. CHECK is tried with the path of the new text before that takes its place."""

    path: str
    text: str
    mode: str = "644"
    owner: str = "root"
    group: str = ""
    #: Whether nobody may read it over somebody's shoulder.
    secret: bool = False
    check: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Step):
    """Variables in a file that may have others."""

    path: str
    owner: str
    values: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensure(Step):
    """What TEST finds to be so, or else RUN makes so."""

    test: str
    run: str
    #: Where this fails it cannot be made so yet; OTHERWISE is told, and the rest goes on.
    possible: str = ""
    otherwise: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload(Step):
    """What TEST finds to be so, or else RUN makes so from a file that is brought to PATH."""

    test: str
    run: str
    path: str


def enabled(unit: str) -> Ensure:
    """The unit starts with the machine."""
    return Ensure(
        title=f"{unit} starts with the machine",
        test=f"systemctl is-enabled --quiet {unit}",
        run=f"systemctl --quiet enable {unit}",
    )


def live(test: str) -> str:
    """TEST, where the machine runs; elsewhere it is as good as passed."""
    return f"! {LIVE} || {{ {test}; }}"


def stamped(name: str, files: tuple[str, ...]) -> tuple[str, str]:
    """A test that all FILES are older than what was done with them last, and what notes that.

    So an interruption between a file and what has to follow it is no end of that.
    """
    stamp = f"{STATE}/{name}"
    test = f'[ -e {stamp} ] && [ -z "$(find {" ".join(files)} -newer {stamp})" ]'
    # Made before, put in place after: a file that changes meanwhile is newer.
    return test, f"touch {stamp}.new && {{ @@; }} && mv {stamp}.new {stamp}"


def running(
    unit: str, files: tuple[str, ...], *, act: str = "reload-or-restart", check: str = "true"
) -> Ensure:
    """The unit runs with its files as they are now. CHECK says whether it could."""
    fresh, note = stamped(f"unit-{unit}", files)
    act = f"{check} && systemctl daemon-reload && systemctl {act} {unit}"
    return Ensure(
        title=f"{unit} runs with its files",
        test=live(f"systemctl is-active --quiet {unit} && {fresh}"),
        run=note.replace("@@", act),
    )
