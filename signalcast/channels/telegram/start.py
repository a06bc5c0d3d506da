"""`/start`, with which somebody connects his chat by a code.

It is answered by a Job, which is written with the receipt's decision: neither the door nor a
decision waits for Telegram, and nothing is lost when it can't be reached.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime

from signalcast.channels.models import Account
from signalcast.core.wake import ring_after_commit
from signalcast.pipeline import RUN_JOBS, Queue
from signalcast.work.models import Job

JOB = "telegram_start"
START = re.compile(r"/start(?:@\w+)?(?:\s+(?P<code>[A-Za-z0-9_-]{1,64}))?(?:\s.*)?", re.DOTALL)


def ask_to_start(
    text: str, *, chat: int, written: datetime, account: Callable[[], Account | None]
) -> bool:
    """Have TEXT answered if it is /start; else False. Writes a Job in the caller's transaction.

    ACCOUNT finds the account of the bot that it was written to.
    """
    match = START.fullmatch(text.strip())
    if match is None:
        return False
    bot = account()
    code = match["code"] or ""
    asked = {
        "account": bot.pk if bot else None,
        "chat": chat,
        "code": code,
        "written": written.isoformat(),
    }
    if code:
        # The unique key makes the first to come the only one whom a code connects.
        key = f"{JOB}:{hashlib.sha256(code.encode()).hexdigest()[:32]}"
        job, made = Job.objects.get_or_create(
            schedule_run=key, defaults={"name": JOB, "queue": Queue.DEFAULT, "arguments": asked}
        )
        if not made and job.arguments != asked:
            Job.objects.create(name=JOB, queue=Queue.DEFAULT, arguments=asked | {"used": True})
    else:
        Job.objects.create(name=JOB, queue=Queue.DEFAULT, arguments=asked)
    ring_after_commit(RUN_JOBS)
    return True
