"""What every test can rely on."""

from __future__ import annotations

from math import inf

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.engines import empty_quickly, let_delete, list_static_once


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """What another test's pages counted a moment ago is not what this one's would."""
    from django.core.cache import cache  # after Django is set up

    from signalcast.ops.queues.look import forget_look
    from signalcast.shop.current import Shop, keep

    forget_look()
    # Nothing is set yet. Asking for that would be two statements more of each test's first page.
    keep(Shop(), seconds=inf)
    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The databases of a run, once they are made."""
    empty_quickly()
    list_static_once()
    with django_db_blocker.unblock():
        let_delete()
