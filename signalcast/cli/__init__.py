"""The `signalcast` command: every management command under one name."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from signalcast.core import env
from signalcast.core.process import stay_with_manager

#: What shells say about a program that Ctrl-C ended.
INTERRUPTED = 130
#: What starts processes by the link that it was called by, so that they follow it.
LINKED = frozenset(("up", "web"))


def main() -> None:
    """Run one command. `--home DIR` may stand anywhere and is honoured by all of them."""
    gc.disable()  # until there is a command: what is imported stays, and is no garbage
    _leave_link()
    env.use_settings()
    try:
        _run(_take_home(sys.argv))
    except env.WrongSetting as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _leave_link() -> None:
    """Go on in the release that a link led to: once that leads to the next one, a module that is
    imported only then must not come from there."""
    begun = Path(sys.prefix)
    release = begun.resolve()
    if release != begun and LINKED.isdisjoint(sys.argv):
        python = str(release / "bin" / "python")
        os.execv(python, [python, "-m", "signalcast.cli", *sys.argv[1:]])


def _run(arguments: list[str]) -> None:
    env.environment()
    stay_with_manager()
    # These need the home to be known.
    from django.core.exceptions import ImproperlyConfigured

    from signalcast.cli.utility import Utility
    from signalcast.core import events

    events.set_up()
    if arguments[1:] in (["version"], ["--version"]):
        import signalcast

        sys.stdout.write(signalcast.__version__ + "\n")
        return
    try:
        Utility(arguments).execute()
    except ImproperlyConfigured as problem:
        sys.exit(str(problem))


def _take_home(arguments: list[str]) -> list[str]:
    """Apply `--home DIR` or `--home=DIR` and return the other arguments."""
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--home":
            home = next(words, None)
            if home is None:
                sys.exit("--home needs a directory, as in: signalcast --home /srv/signals up")
            env.use_home(home)
        elif word.startswith("--home="):
            env.use_home(word.removeprefix("--home="))
        else:
            rest.append(word)
    return rest
