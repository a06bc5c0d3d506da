"""Sign-ins: people with passwords come in as fast as the pages let them, each from elsewhere."""

from __future__ import annotations

import http.client
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from urllib.parse import urlencode

from bench.row import Row, at_least, at_most
from bench.stack import stack

#: People, connections at once, and seconds.
PEOPLE, AT_ONCE, SECONDS = 50, 8, 10.0
WARMING = 2.0
TARGET = 20
PASSWORD = "correct horse"
#: What a browser has from the page before: the cookie and the field say the same.
MASK = "b" * 32

MAKE_PEOPLE = f"""
from signalcast.accounts.models import User
for number in range({PEOPLE}):
    User.objects.create_user(f"person-{{number}}@example.org", {PASSWORD!r})
"""


def measure() -> list[Row]:
    """On one installation with its pages and its broker, as `signalcast up` runs them."""
    with stack(SIGNALCAST_TRUSTED_PROXIES="127.0.0.1") as made:
        made.django(MAKE_PEOPLE)
        made.start("valkey")
        made.start("web")
        made.ready()
        _come_in(made.port, WARMING)
        times = _come_in(made.port, SECONDS)
    rate = len(times) / SECONDS
    middle = sorted(times)[len(times) // 2] * 1_000 if times else 0.0
    return [
        at_least("sign-ins by password", rate, "sign-ins/s", TARGET),
        at_most(f"a sign-in, {AT_ONCE} at once, p50", middle, "ms", 1_000),
    ]


def _come_in(port: int, seconds: float) -> list[float]:
    """Seconds that each sign-in took."""
    until = time.monotonic() + seconds
    numbers = count()

    def one_after_the_other(_connection: int) -> list[float]:
        taken = []
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.monotonic() < until:
            number = next(numbers)
            form = {
                "login": f"person-{number % PEOPLE}@example.org",
                "password": PASSWORD,
                "csrfmiddlewaretoken": MASK,
            }
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "Cookie": f"csrftoken={MASK}",
                "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
            }
            began = time.monotonic()
            client.request("POST", "/sign-in/", urlencode(form), headers)
            answer = client.getresponse()
            answer.read()
            if answer.status != 302:
                sys.exit(f"a sign-in was answered with {answer.status}")
            taken.append(time.monotonic() - began)
        return taken

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [took for all_ in pool.map(one_after_the_other, range(AT_ONCE)) for took in all_]
