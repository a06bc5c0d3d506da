"""Mail about accounts: codes, and news of what was changed.

It is handed in by a Job, so that an answer takes as long for an address that somebody has an
account with as for any other. What the job holds is sealed: a code lets people in, and jobs are
looked at by staff.
"""

from __future__ import annotations

import json
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid

from signalcast.channels.email.hand_in import Refused, hand_in_mail
from signalcast.channels.email.server import WrongServer, read_server, sender_line
from signalcast.channels.models import Account
from signalcast.core import events
from signalcast.core.secrets import seal, unseal
from signalcast.core.wake import ring_after_commit
from signalcast.pipeline import RUN_JOBS, Queue
from signalcast.shop.current import current
from signalcast.work.models import Job

JOB = "account_mail"


def mail_server() -> Account | None:
    """The mail server that was set up first; None means that no mail can be sent."""
    return Account.objects.filter(kind="email").order_by("pk").first()


def send_later(to: str, subject: str, text: str) -> None:
    """Have TEXT sent to an address that `read_address` took: by a job, if the caller commits."""
    sealed = seal(json.dumps({"to": to, "subject": subject, "text": text, "id": make_msgid()}))
    Job.objects.create(name=JOB, queue=Queue.NOTIFICATIONS, arguments={"sealed": sealed})
    ring_after_commit(RUN_JOBS)


def hand_in(sealed: str) -> None:
    """The job. Raises Unreachable, and is tried again then."""
    told = json.loads(unseal(sealed))
    account = mail_server()
    if account is None:
        events.warn("account_mail.not_sent", why="there is no mail server")
        return
    try:
        server = read_server(account.settings)
        mail = EmailMessage(policy=SMTP)
        current()
        mail["From"], mail["To"] = sender_line(server), told["to"]
        mail["Subject"] = told["subject"]
        mail["Message-ID"] = told["id"].rpartition("@")[0] + f"@{server.domain}>"
        mail["Date"] = formatdate(usegmt=True)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(told["text"] + "\n", cte="8bit")
        hand_in_mail(mail.as_bytes(), told["to"], server)
    except (WrongServer, Refused) as problem:  # another try would end alike
        events.warn("account_mail.not_sent", why=str(problem))
        return
    events.emit("account_mail.sent")
