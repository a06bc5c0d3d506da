"""Hold the rules against what is seen, and keep an alert for each trouble while it lasts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

from django.db import transaction
from django.db.models.functions import Now

from signalcast.core import events
from signalcast.ops.alerts.models import Alert, Notice, RuleSetting
from signalcast.ops.alerts.rule import Rule, Trouble, View
from signalcast.ops.alerts.tell import tell

#: Seconds between two looks at what others may have changed: settings, alerts.
REREAD_EVERY = 59.0
#: Seconds that a trouble must be gone before it counts as resolved.
CLEAR_FOR = 10.0


class Setting(NamedTuple):
    """How a rule is held at the moment."""

    is_on: bool
    threshold: float
    throttle: int


class Evaluator:
    """Holds some rules, on behalf of one process. What it finds is in rows, for all processes."""

    def __init__(self, rules: Mapping[str, Rule], *, clear_for: float = CLEAR_FOR) -> None:
        self._rules = rules
        self._clear_for = clear_for
        self._settings: dict[str, Setting] = {}
        self._open: dict[str, Alert] = {}
        self._read_at: float | None = None
        #: By the process's own clock, since when an open alert's trouble is gone.
        self._clear: dict[str, float] = {}

    def evaluate(self, view: View) -> int:
        """Fire, remind and resolve. Returns how many notices are to be sent.

        Without news it costs no statement but a look at what others changed, every minute.
        """
        if self._read_at is None or time.monotonic() - self._read_at > REREAD_EVERY:
            self._read()
        told = 0
        troubles = {
            f"{rule.name}:{trouble.subject}": (rule, trouble)
            for rule in self._rules.values()
            if self._settings[rule.name].is_on
            for trouble in rule.look(view, self._settings[rule.name].threshold)
        }
        for key, (rule, trouble) in troubles.items():
            self._clear.pop(key, None)
            alert = self._open.get(key) or self._fire(key, rule, trouble)
            about = Notice.About.REMINDER if alert.told_at else Notice.About.FIRED
            told += tell(alert, about, throttle=self._settings[rule.name].throttle)
        for key in self._open.keys() - troubles.keys():
            told += self._resolve_when_clear(key)
        return told

    @property
    def lasts(self) -> bool:
        """Whether any trouble lasts, as far as this process knows."""
        return bool(self._open)

    def _read(self) -> None:
        changed = {row.rule: row for row in RuleSetting.objects.all()}
        for name, rule in self._rules.items():
            row = changed.get(name)
            self._settings[name] = Setting(
                row.is_on if row else True,
                rule.threshold if row is None or row.threshold is None else row.threshold,
                rule.throttle if row is None or row.throttle is None else row.throttle,
            )
        rows = Alert.objects.filter(open_key__isnull=False, rule__in=self._rules)
        self._open = {row.key: row for row in rows}
        self._read_at = time.monotonic()

    def _fire(self, key: str, rule: Rule, trouble: Trouble) -> Alert:
        """The alert: a new one, or the one that another process has just made."""
        alert, made = Alert.objects.get_or_create(
            open_key=key,
            defaults={
                "key": key,
                "rule": rule.name,
                "subject": trouble.subject,
                "words": trouble.words,
                "figure": trouble.figure,
            },
        )
        if made:
            events.warn("alert.fired", rule=rule.name, about=trouble.subject, words=trouble.words)
            alert.refresh_from_db()
        self._open[key] = alert
        return alert

    def _resolve_when_clear(self, key: str) -> int:
        now = time.monotonic()
        if now - self._clear.setdefault(key, now) < self._clear_for:
            return 0
        del self._clear[key]
        return resolve(self._open.pop(key))


def resolve(alert: Alert) -> int:
    """It is well again. Whoever was told that it is not is told so, once. Returns how many are."""
    with transaction.atomic():
        mine = Alert.objects.filter(pk=alert.pk, resolved_at__isnull=True)
        if not mine.update(resolved_at=Now(), open_key=None):
            return 0  # another process was faster
        # Who was not told of it need not be told that it is over.
        told = set(alert.notices.values_list("receiver", flat=True))
        notices = [
            Notice(alert=alert, receiver_id=pk, about=Notice.About.RESOLVED) for pk in sorted(told)
        ]
        Notice.objects.bulk_create(notices)
    events.emit("alert.resolved", rule=alert.rule, about=alert.subject)
    return len(notices)
