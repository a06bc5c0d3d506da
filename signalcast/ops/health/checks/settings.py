"""Settings that are right for a demo are not so in public."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.env import Environment, environment
from signalcast.ops.health.finding import HOUR, Check, Finding, State, ok


def look(settings: Environment | None = None) -> Finding:
    """Name each setting that should be another one, and how."""
    problems = list(_problems(settings or environment()))
    if problems:
        return Finding(State.WARNING, " ".join(problems), len(problems))
    return ok(_("Every setting suits the way this installation is used."), 0)


def _problems(settings: Environment) -> Iterator[str]:
    if not settings.public_url:
        yield _("SIGNALCAST_PUBLIC_URL is empty, so messages carry no links.")
        return
    if settings.public_url.startswith("http://"):
        yield _("SIGNALCAST_PUBLIC_URL is not https://: passwords can be read on the way.")
    if "*" in settings.allowed_hosts:
        yield _("SIGNALCAST_ALLOWED_HOSTS takes any name: give it the site's own.")
    if settings.allow_private_destinations:
        yield _("SIGNALCAST_ALLOW_PRIVATE_DESTINATIONS is on: customers reach your own network.")
    if settings.database_url and not settings.secret_key:
        yield _("SIGNALCAST_SECRET_KEY is empty: with several hosts, each makes its own.")


check = Check(
    title=gettext_lazy("Settings"),
    meaning=gettext_lazy("Settings that are unsafe or of no use the way they are."),
    run=look,
    every=HOUR,
    on_each_host=True,
)
