"""Mails about what is to come: the end of a trial, a renewal, an end, a missing payment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from signalcast.core import events
from signalcast.core.clock import from_now, read_moment
from signalcast.core.wake import ring_after_commit
from signalcast.pipeline import RUN_JOBS, Queue
from signalcast.plans.mail import can_mail, mail
from signalcast.plans.models import Reminder, Subscription
from signalcast.plans.reminder_text import reminder_text
from signalcast.plans.states import ENTITLING, SubscriptionState
from signalcast.work.models import Job

State = SubscriptionState
Kind = Reminder.Kind
JOB = "send_reminder"
#: How long before its moment a mail is sent; of what is shorter than a week, a day.
LEAD = timedelta(days=3)
SHORT = timedelta(days=7)
SHORT_LEAD = timedelta(days=1)


class Due(NamedTuple):
    """What somebody is to be reminded of."""

    kind: Kind
    about: datetime


def remind() -> int:
    """The job: have each mail that is due sent once, by a job of its own. Returns how many.

    Nothing is due where no mail can be sent.
    """
    if not can_mail():
        return 0
    count = 0
    for one, due in list(_all_due()):
        with transaction.atomic():
            reminder, made = Reminder.objects.get_or_create(
                subscription=one, kind=due.kind, about=due.about
            )
            if made:
                Job.objects.create(
                    name=JOB,
                    arguments={"reminder": reminder.pk},
                    queue=Queue.NOTIFICATIONS,
                    schedule_run=f"{JOB}:{reminder.pk}",
                )
                ring_after_commit(RUN_JOBS)
        count += made
    return count


def send_reminder(reminder: int) -> None:
    """The job of one mail. What has changed meanwhile is not spoken of."""
    rows = Reminder.objects.select_related(
        "subscription__user", "subscription__plan", "subscription__next_plan"
    )
    found = rows.filter(pk=reminder, subscription__user__is_active=True).first()
    if found is None or found.about <= now_of(found.subscription):
        return
    due = due_of(found.subscription)
    if due is None or (due.kind, due.about) != (found.kind, found.about):
        return
    mail(found.subscription.user.email, *reminder_text(found))
    events.emit("reminder.sent", subscription=found.subscription_id, kind=found.kind)


def now_of(one: Subscription) -> datetime:
    """The database's time."""
    rows = Subscription.objects.filter(pk=one.pk).annotate(now=Now())
    return read_moment(rows.values_list("now", flat=True).get())


def due_of(one: Subscription) -> Due | None:
    """What a subscription's next mail is about, whenever that may be."""
    if one.state in (State.PAST_DUE, State.GRACE) and one.ends_at:
        return Due(Kind.GRACE, one.ends_at)
    if one.period_end is None:
        return None
    if one.cancel_at_period_end:
        return Due(Kind.ENDS, one.period_end)
    if one.state == State.TRIALING:
        return Due(Kind.TRIAL_ENDS, one.period_end)
    if one.state == State.ACTIVE and one.amount_due:
        return Due(Kind.RENEWS, one.period_end)
    return None


def _all_due() -> Iterator[tuple[Subscription, Due]]:
    soon = from_now(LEAD.total_seconds())
    missing = Q(state__in=(State.PAST_DUE, State.GRACE), ends_at__gt=Now())
    near = Q(state__in=ENTITLING, period_end__gt=Now(), period_end__lte=soon)
    rows = Subscription.objects.filter(missing | near, user__is_active=True).annotate(now=Now())
    for one in rows.iterator():
        due = due_of(one)
        if due and (due.kind == Kind.GRACE or _is_near(one, due.about, read_moment(one.now))):
            yield one, due


def _is_near(one: Subscription, moment: datetime, now: datetime) -> bool:
    length = moment - (one.period_start or one.starts_at)
    return moment - now <= (SHORT_LEAD if length < SHORT else LEAD)
