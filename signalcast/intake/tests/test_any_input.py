"""Whatever comes to a door is answered as documented."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signalcast.core.secrets import token_digest
from signalcast.feeds.models import Feed, Source
from signalcast.intake.models import Receipt
from signalcast.intake.tests.site import TOKEN, driven
from signalcast.intake.typed import FIELDS

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars | st.sampled_from(["buy", "sell", "close", "64250.5", "BTCUSDT", "market"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
signals = st.dictionaries(st.sampled_from(FIELDS), anything, max_size=8)


@pytest.mark.wide
@pytest.mark.django_db(transaction=True)
def test_no_input_whatever_makes_a_door_fail() -> None:
    feed = Feed.objects.create(slug="crypto", name="Crypto")
    Source.objects.create(slug="desk", feed=feed, token_digest=token_digest(TOKEN))

    with driven() as site:

        @settings(
            max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), database=None
        )
        @given(body=st.binary(max_size=300) | signals | st.lists(signals, max_size=3) | anything)
        def answered_as_documented(body: Any) -> None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            before = Receipt.objects.count()
            answer = site.signal(data)
            assert answer.status in (202, 207, 422), (data, answer)
            if answer.status == 422:
                assert Receipt.objects.count() == before
            assert site.hook(data).status == 202, data

        answered_as_documented()
