"""The `signalcast` command: every management command under one name."""

from __future__ import annotations

import sys

from signalcast.core import env
from signalcast.core.process import stay_with_manager


def main() -> None:
    """Run one command. `--home DIR` may stand anywhere and is honoured by all of them."""
    env.use_settings()
    arguments = _take_home(sys.argv)
    try:
        env.environment()
    except env.WrongSetting as problem:
        sys.exit(str(problem))
    stay_with_manager()
    # Both need the home to be known.
    from django.core.management import ManagementUtility

    from signalcast.core import events

    events.set_up()

    ManagementUtility(arguments).execute()


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
