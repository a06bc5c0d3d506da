"""The dead-man's switch: an address outside is fetched while all is well, and only then.

When everything here is gone, nobody here can tell. Whoever is knocked at notices the silence.
"""

from __future__ import annotations

from urllib.request import Request, urlopen

from signalcast.core import events
from signalcast.core.user_agent import USER_AGENT

#: Seconds between two knocks, and for one answer.
EVERY = 60.0
WITHIN = 10.0


def knock(address: str) -> bool:
    """Fetch ADDRESS, which the settings made sure is a web address. False when nobody answers."""
    request = Request(address, headers={"User-Agent": USER_AGENT})  # noqa: S310 - checked setting
    try:
        with urlopen(request, timeout=WITHIN) as answer:  # noqa: S310 - as above
            answer.read(1_000)
    except (OSError, ValueError) as error:
        events.warn("heartbeat.not_heard", error=type(error).__name__)
        return False
    return True
