"""What is put into Valkey or Redis can be read again, and it has room."""

from __future__ import annotations

import secrets

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.broker import broker, key
from signalcast.core.printable import printable
from signalcast.ops.health.finding import Check, Finding, State, graded, ok

#: Percent of the memory that it may use.
FULL, TOO_FULL = 80.0, 95.0


def look() -> Finding:
    """Write a random word, read it, forget it."""
    from redis import RedisError

    name, word = key(f"health:{secrets.token_hex(8)}"), secrets.token_hex(8).encode()
    try:
        client = broker()
        client.set(name, word, ex=10)
        kept = client.get(name)
        client.delete(name)
        memory = client.info("memory")
    except RedisError as error:
        words = _("It takes no values (%(problem)s). Limits of channels are kept by each process.")
        return Finding(State.FAILED, words % {"problem": printable(str(error), 120)})
    if kept != word:
        return Finding(State.FAILED, _("A value that was just written came back as another one."))
    return _room(int(memory["used_memory"]), int(memory.get("maxmemory", 0)))


def _room(used: int, most: int) -> Finding:
    megabytes = used / 1_000_000
    if not most:
        return ok(_("Values can be read again; %(used).0f MB in use.") % {"used": megabytes})
    share = 100 * used / most
    words = _("Values can be read again; %(used).0f MB in use, %(share).0f %% of what it may.")
    words = words % {"used": megabytes, "share": share}
    return graded(share, words, warn=FULL, fail=TOO_FULL, unit="%")


check = Check(
    title=gettext_lazy("Cache"),
    meaning=gettext_lazy("A value is written to Valkey or Redis, read again and forgotten."),
    run=look,
)
