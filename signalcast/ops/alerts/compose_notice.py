"""Put an alert into words, the same for every channel."""

from __future__ import annotations

from django.utils.translation import gettext as _

from signalcast.channels.base import Content, WordingTexts
from signalcast.core.clock import now
from signalcast.core.env import environment
from signalcast.ops.alerts.models import Alert, Notice
from signalcast.ops.alerts.registry import rules

#: Characters of an alert's words, so that every channel has room for them.
LONGEST = 600
#: Channels put these into their own forms; none of them has words for alerts.
WORDINGS = {("", ""): WordingTexts("{{ alert.title }}", "{{ alert.text }}")}


def compose_notice(alert: Alert, about: str) -> Content:
    """The message about an alert. Its webhook type is `alert.fired` or `alert.resolved`."""
    rule = rules().get(alert.rule)
    title = str(rule.title) if rule else alert.rule
    name = f"{title} ({alert.subject})" if alert.subject else title
    lines = [alert.words[:LONGEST]]
    if about == Notice.About.RESOLVED:
        head = _("Well again: %(name)s") % {"name": name}
        lines = [_("It began with: %(words)s") % {"words": lines[0]}]
    elif about == Notice.About.REMINDER:
        head = _("Still wrong: %(name)s") % {"name": name}
    else:
        head = _("Alert: %(name)s") % {"name": name}
    lines.append(_("Since: %(moment)s UTC") % {"moment": f"{alert.since:%Y-%m-%d %H:%M:%S}"})
    if rule and about != Notice.About.RESOLVED:
        lines.append(str(rule.meaning))
    if base := environment().public_url.rstrip("/"):
        lines.append(f"{base}/ops/alerts/")
    resolved = about == Notice.About.RESOLVED
    return _content(
        "alert.resolved" if resolved else "alert.fired",
        {
            "id": alert.pk,
            "rule": alert.rule,
            "subject": alert.subject,
            "about": str(about),
            "words": alert.words[:LONGEST],
            "figure": alert.figure,
            "since": alert.since.isoformat(),
            "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
            "title": head,
            "text": "\n".join(lines),
        },
    )


def compose_test() -> Content:
    """What a receiver is sent to see whether it gets there."""
    text = _("This receiver works. Alerts of this installation will look like this message.")
    return _content("alert.test", {"title": _("Test of Signalcast's alerts"), "text": text})


def compose_lost_database(*, back: bool, words: str) -> Content:
    """Said without any row: the place where alerts are kept is what is wrong."""
    title = _("Well again: Database") if back else _("Alert: Database")
    text = _("The database answers again.") if back else words
    about = "alert.resolved" if back else "alert.fired"
    return _content(about, {"rule": "database", "subject": "", "title": title, "text": text})


def _content(type_: str, alert: dict[str, object]) -> Content:
    return Content(type_, now().isoformat(), {"alert": alert}, WORDINGS)
