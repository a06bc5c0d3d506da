"""Every action that staff has on a page: how it is done, and what the audit log calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from signalcast.channels.models import Account, Destination
from signalcast.core.clock import from_now
from signalcast.core.ids import new_id
from signalcast.delivery.models import Delivery
from signalcast.delivery.publish import publish
from signalcast.intake.models import Receipt
from signalcast.ops.alerts.models import Alert, Maintenance, Receiver
from signalcast.ops.audit.tests import selling
from signalcast.ops.health.models import CheckState
from signalcast.ops.queues.models import WatchedSearch
from signalcast.portal.entrance import urls as entrance
from signalcast.portal.tests.cast import NEW, Cast
from signalcast.portal.tests.test_set_up import SOURCE
from signalcast.support.models import Ticket
from signalcast.support.open_ticket import open_ticket
from signalcast.work.claim import claim
from signalcast.work.models import Job, ProcessBeat
from signalcast.work.park import park
from signalcast.work.pause import pause

#: Pages that take POST and change nothing about the installation, or have nobody signed in.
NO_ACTIONS = {"unsubscribe", "bounces", "look", "payment_events"} | {
    row.name for row in entrance.urlpatterns if row.name
}
#: What people do about what they have themselves is not noted, whoever they are.
NO_ACTIONS |= {"preferences"}
NO_ACTIONS |= {"api", "api_root"}  # signalcast/api/tests sees to what programs do
NO_ACTIONS |= {"choose", "change_subscription", "alternatives", "checkout", "payment", "cards"}
NO_ACTIONS |= {"new_ticket"}
KEY = "0193a000-0000-7000-8000-000000000001"


class Action(NamedTuple):
    """One thing to do: at the URL of a name, with the parts and the form that PREPARE returns."""

    url: str
    noted: str
    prepare: Callable[[Cast], tuple[Mapping[str, Any], Mapping[str, Any]]]


def _alert(_cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    row = Alert.objects.create(key="disk:", open_key="disk:", rule="disk", words="It is full.")
    return {"pk": row.pk}, {}


def _silence_ends(_cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    Maintenance.objects.create(ends_at=from_now(600))
    return {}, {"act": "end"}


def _receiver(act: str) -> Callable[[Cast], tuple[Mapping[str, Any], Mapping[str, Any]]]:
    def prepare(_cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        row = Receiver.objects.create(kind="telegram", address="12")
        return {"pk": row.pk}, {"act": act}

    return prepare


def _check(minutes: int) -> Callable[[Cast], tuple[Mapping[str, Any], Mapping[str, Any]]]:
    def prepare(_cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        CheckState.objects.create(name="disk", host="h")
        return {"name": "disk"}, {"host": "h", "minutes": minutes}

    return prepare


def _paused(_cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    pause("queue:default", by="olga@example.org")
    return QUEUE, {"act": "resume"}


def _process(_cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    ProcessBeat.objects.create(host="h", role="worker", name="worker-0", pid=1)
    return {}, {"order": "drain", "role": "worker"}


def _job() -> Job:
    return Job.objects.create(name="prune_work", due=from_now(3_600))


def _put_aside() -> Job:
    row = Job.objects.create(name="prune_work", due=from_now(-1))
    park(Job, claim(Job, 1), reason="It failed three times.")
    return row


def _one(name: str) -> Callable[[Cast], tuple[Mapping[str, Any], Mapping[str, Any]]]:
    return lambda _cast: (
        {"pk": (_job() if name == "cancel" else _put_aside()).pk, "name": name}, {}
    )  # fmt: skip


def _done(_cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    done = Job.objects.create(name="prune_work", due=None, state="done", finished_at=from_now(-1))
    return {"pk": done.pk, "name": "rerun"}, {}


def _ticked(_cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return {}, {"act": "cancel", "sure": "yes", "job": _job().pk}


def _matching(_cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return {"name": "cancel"}, {"q": "name:prune_work", "upto": _job().pk}


def _watched(_cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return {"pk": WatchedSearch.objects.create(name="y", query="x").pk}, {}


def _schedule(act: str) -> Callable[[Cast], tuple[Mapping[str, Any], Mapping[str, Any]]]:
    def prepare(_cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        if act == "resume":
            pause("schedule:prune_work", by="olga@example.org")
        return {"name": "prune_work"}, {"act": act}

    return prepare


def _parked(cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    row = cast.world.receive(NEW | {"id": "parked"})
    park(Receipt, claim(Receipt, 1), reason="It took three processes down.")
    return {}, {"kind": "receipt", "row": [str(row.pk)]}


def _reviewed(act: str) -> Callable[[Cast], tuple[Mapping[str, Any], Mapping[str, Any]]]:
    def prepare(cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        row = cast.world.receive({"ticker": "ETHUSDT", "action": "hodl"})
        publish()
        return {}, {"receipt": [str(row.pk)], "act": act}

    return prepare


def _corrected(cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    row = cast.world.receive({"ticker": "ETHUSDT", "action": "hodl"})
    publish()
    form = {"kind": "new", "symbol": "ETHUSDT", "side": "buy", "order_type": "market"}
    return {"pk": row.pk}, form


def _signal(cast: Cast, **form: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return {"pk": cast.signal.pk}, {"key": KEY} | form


def _bot(_cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    settings = '{"token": "1:abcdefghij", "username": "a_bot"}'
    row = Account.objects.create(kind="telegram", name="bot", settings=settings)
    return {"pk": row.pk}, {"name": "bot", "token": "", "username": "b_bot"}


def _broadcast(act: str) -> Callable[[Cast], tuple[Mapping[str, Any], Mapping[str, Any]]]:
    def prepare(cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        row = Destination.objects.create(
            kind="webhook",
            address="https://all.example.org/",
            missed_since=from_now(-600),
            missed_until=from_now(-60),
        )
        row.broadcasts.create(feed=cast.world.feed)
        return {"uid": row.uid}, {"act": act}

    return prepare


def _source(**form: str) -> Callable[[Cast], tuple[Mapping[str, Any], Mapping[str, Any]]]:
    return lambda _cast: ({"slug": "desk"}, form)


def _looks(cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    assert cast.world.alice.owner is not None
    return {}, {"email": cast.world.alice.owner.email, "reason": "Ticket 12"}


def _looks_already(cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    cast.olga.post("/app/look-as/", _looks(cast)[1])
    return {}, {}


def _ticket(cast: Cast, **form: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    assert cast.world.alice.owner is not None
    row = open_ticket(cast.world.alice.owner, "Late", "I got none today.", key=new_id())
    return {"pk": row.pk}, {"key": KEY} | form


def _closed_ticket(cast: Cast) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    parts, _form = _ticket(cast)
    Ticket.objects.update(state=Ticket.State.CLOSED)
    return parts, {"act": "reopen"}


BOT = {"name": "bot", "token": "1:abcdefghij", "username": "a_bot"}
HOOK = {"address": "https://bot.example.org/"}
FEED = {"name": "Majors", "market_validity": "300", "waiting_validity": "86400"}
QUEUE = {"label": "default"}
WORDS = {"kind": "", "language": "", "subject": "{{ signal.symbol }}", "body": "Now"}
SIGNAL = {"feed": "crypto", "key": KEY, "symbol": "ethusdt", "side": "buy", "order_type": "market"}
TYPE = {"type_": "signal.published"}

ACTIONS = (
    Action("acknowledge_alert", "alerts.acknowledged", _alert),
    Action("begin_silence", "alerts.silenced", lambda _cast: ({}, {"minutes": "30"})),
    Action("begin_silence", "alerts.silence_ended", _silence_ends),
    Action(
        "create_receiver",
        "alerts.receiver_added",
        lambda _cast: ({}, {"kind": "webhook", "address": "https://ops.example.org/"}),
    ),
    Action("change_receiver", "alerts.receiver_off", _receiver("off")),
    Action("change_receiver", "alerts.receiver_on", _receiver("on")),
    Action("change_receiver", "alerts.receiver_tested", _receiver("test")),
    Action("change_receiver", "alerts.receiver_removed", _receiver("remove")),
    Action("edit_rule", "alerts.rule_changed", lambda _cast: ({"name": "disk"}, {"is_on": "on"})),
    Action("pause_check", "checks.paused", _check(15)),
    Action("pause_check", "checks.resumed", _check(0)),
    Action("redrive", "receipts.redriven", _parked),
    Action("act_on_job", "jobs.cancelled", _one("cancel")),
    Action("act_on_job", "jobs.redriven", _one("redrive")),
    Action("act_on_job", "jobs.discarded", _one("discard")),
    Action("act_on_job", "jobs.rerun", _done),
    Action("act_on_jobs", "jobs.cancelled", _ticked),
    Action("act_on_matching", "jobs.cancelled", _matching),
    Action("act_json", "jobs.cancelled", lambda _cast: ({"name": "cancel"}, {"job": _job().pk})),
    Action("watch_search", "searches.watched", lambda _cast: ({}, {"q": "x", "name": "y"})),
    Action("unwatch_search", "searches.unwatched", _watched),
    Action("change_schedule", "schedules.run", _schedule("run")),
    Action("change_schedule", "schedules.paused", _schedule("pause")),
    Action("change_schedule", "schedules.resumed", _schedule("resume")),
    Action("pause_queue", "queue.paused", lambda _cast: (QUEUE, {"for": "15m"})),
    Action("pause_queue", "queue.resumed", _paused),
    Action("pause_queue_json", "queue.paused", lambda _cast: (QUEUE, {"for": "15m"})),
    Action("resume_queue_json", "queue.resumed", _paused),
    Action("give_order", "processes.drained", _process),
    Action("order_json", "processes.drained", _process),
    Action("publish", "signals.submitted", lambda _cast: ({}, SIGNAL)),
    Action("update", "signals.submitted", lambda cast: _signal(
        cast, order_type="limit", entries="64250.50", stop_loss="64000")),
    Action("close", "signals.submitted", lambda cast: _signal(cast, price="66000")),
    Action("cancel", "signals.submitted", _signal),
    Action("decide", "receipts.approved", _reviewed("approve")),
    Action("decide", "receipts.rejected", _reviewed("reject")),
    Action("correct", "receipts.corrected", _corrected),
    Action("cancel_delivery", "deliveries.cancelled",
           lambda _cast: ({"pk": Delivery.objects.get().pk}, {})),
    Action("add_destination", "destinations.added", lambda _cast: ({"kind": "webhook"}, HOOK)),
    Action("change_destination", "destinations.paused", _broadcast("pause")),
    Action("change_destination", "destinations.resumed", _broadcast("resume")),
    Action("change_destination", "destinations.deleted", _broadcast("delete")),
    Action("change_destination", "destinations.replayed", _broadcast("replay")),
    Action("change_destination", "destinations.ignored", _broadcast("ignore")),
    Action("change_destination", "destinations.tested", _broadcast("test")),
    Action("add_account", "accounts.saved", lambda _cast: ({"kind": "telegram"}, BOT)),
    Action("edit_account", "accounts.saved", _bot),
    Action("create_feed", "feeds.created", lambda _cast: ({}, FEED)),
    Action("edit_feed", "feeds.changed",
           lambda _cast: ({"slug": "crypto"}, FEED | {"slug": "crypto"})),
    Action("create_source", "sources.created",
           lambda cast: ({}, SOURCE | {"feed": cast.world.feed.pk})),
    Action("edit_source", "sources.changed",
           lambda cast: ({"slug": "desk"}, SOURCE | {"slug": "desk", "feed": cast.world.feed.pk})),
    Action("rotate", "sources.token_rotated", _source()),
    Action("pause_source", "sources.paused", _source(act="pause")),
    Action("pause_source", "sources.resumed", _source(act="resume")),
    Action("send_test_signal", "sources.sample_sent", _source(sure="yes")),
    Action("announce", "announcements.made", lambda cast: ({}, {
        "feed": str(cast.world.feed.pk), "title": "Holidays", "text": "Until Monday.", "key": KEY,
        "act": "send"})),
    Action("look_as", "accounts.looked_as", _looks),
    Action("end_look_as", "accounts.look_ended", _looks_already),
    Action("edit_wording", "wordings.changed", lambda _cast: (TYPE, WORDS)),
    Action("reset_wording", "wordings.reset", lambda _cast: (TYPE, {"kind": "", "language": ""})),
    Action("settings", "settings.changed", lambda _cast: ({}, {"name": "Acme Signals"})),
    Action("legal_text", "settings.legal_text_changed",
           lambda _cast: ({"slug": "imprint"}, {"text": "Acme Ltd"})),
    Action("mail_text", "settings.mail_changed", selling.mail_words),
    Action("reset_mail", "settings.mail_reset", selling.reset_words),
    Action("create_plan", "plans.created", selling.created_plan),
    Action("edit_plan", "plans.changed", selling.changed_plan),
    Action("archive_plan", "plans.archived", selling.archived_plan("archive")),
    Action("archive_plan", "plans.restored", selling.archived_plan("restore")),
    Action("create_coupon", "coupons.created", lambda _cast: ({}, selling.COUPON)),
    Action("edit_coupon", "coupons.changed", selling.changed_coupon),
    Action("archive_coupon", "coupons.archived", selling.archived_coupon("archive")),
    Action("archive_coupon", "coupons.restored", selling.archived_coupon("restore")),
    Action("grant_plan", "subscriptions.granted", selling.given_plan),
    Action("end_subscription", "subscriptions.ended", selling.ended_subscription),
    Action("decide_payment", "payments.approved", selling.decided_payment("approve")),
    Action("decide_payment", "payments.refused", selling.decided_payment("refuse")),
    Action("refund", "payments.refunded", selling.refunded),
    Action("ticket", "tickets.answered", lambda cast: _ticket(cast, text="Look again.")),
    Action("ticket", "tickets.noted", lambda cast: _ticket(cast, text="Hm.", act="note")),
    Action("change_ticket", "tickets.closed", lambda cast: _ticket(cast, act="close")),
    Action("change_ticket", "tickets.reopened", _closed_ticket),
)  # fmt: skip
