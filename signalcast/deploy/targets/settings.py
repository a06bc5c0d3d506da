"""Settings that follow from the description, and the command with them, for every user."""

from __future__ import annotations

from signalcast.core.env import SETTINGS_FILE
from signalcast.deploy.environment import variables
from signalcast.deploy.host import Host

COMMAND = """\
#!/bin/sh
# The installation in {home}, as its own user. Rendered by `signalcast deploy render settings`.
export SIGNALCAST_HOME="${{SIGNALCAST_HOME:-{home}}}"
# The doctor looks at the system as root, and leaves the rest to that user by itself.
if [ "$(id -un)" = {user} ] || {{ [ "$(id -u)" = 0 ] && [ "${{1-}}" = doctor ]; }}; then
    exec {python} -m signalcast.cli "$@"
fi
exec runuser -u {user} -- {python} -m signalcast.cli "$@"
"""


def files(host: Host) -> dict[str, str]:
    """The settings' file in the home, and the command on everybody's path."""
    lines = [
        "# Rendered by `signalcast deploy render settings`. Secrets, and what shall differ, stand",
        "# in `.env` beside it, which goes before.",
        *(f"{name}={value}" for name, value in variables(host).items()),
    ]
    command = COMMAND.format(home=host.home, user=host.user, python=host.python)
    return {
        f"{host.home}/{SETTINGS_FILE}".lstrip("/"): "\n".join(lines) + "\n",
        "usr/local/bin/signalcast": command,
    }
