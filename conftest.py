"""What every test can rely on."""

from __future__ import annotations

import pytest
from django.contrib.auth.management import create_permissions
from django.contrib.contenttypes.management import create_contenttypes
from django.db.models.signals import post_migrate  # noqa: TID251 - to have fewer of them


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """What another test's pages counted a moment ago is not what this one's would."""
    from signalcast.ops.queues.look import forget_look  # after Django is set up

    forget_look()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Emptying the tables after a test shall not make permissions for each model anew.

    Nothing of ours asks for them; making them is most of what emptying costs.
    """
    post_migrate.disconnect(
        create_permissions, dispatch_uid="django.contrib.auth.management.create_permissions"
    )
    post_migrate.disconnect(create_contenttypes)
