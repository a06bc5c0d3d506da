"""What is said once a destination was brought what it missed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from signalcast.delivery.replay_missed import Replayed


def replayed_text(done: Replayed) -> str:
    """In sentences."""
    if not done.messages:
        return _("It missed nothing that you may get now.")
    said = _("Messages on their way: %(count)d. What is over is listed as missed.")
    told = said % {"count": done.messages}
    return f"{told} {_('There were more: these are the newest.')}" if done.more else told
