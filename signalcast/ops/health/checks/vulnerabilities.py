"""Known vulnerabilities in what is installed, as an OSV-compatible service knows them."""

from __future__ import annotations

from importlib.metadata import distributions
from urllib.request import Request, urlopen

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from signalcast.core.env import environment
from signalcast.ops.health.finding import DAY, Check, Finding, State, ok, skipped

WITHIN = 20.0
#: Bytes of an answer that are read.
LONGEST = 5_000_000


class Vulnerability(msgspec.Struct, frozen=True):
    """One known vulnerability."""

    id: str


class Result(msgspec.Struct, frozen=True):
    """What is known of one package."""

    vulns: list[Vulnerability] = []


class Answer(msgspec.Struct, frozen=True):
    """What OSV answers to a batch of questions (https://google.github.io/osv.dev/api/)."""

    results: list[Result]


def look(address: str | None = None) -> Finding:
    """Ask about each installed package in its version, all in one request."""
    base = environment().vulnerability_api if address is None else address
    if not base:
        return skipped(
            _("Not asked. Set SIGNALCAST_VULNERABILITY_API, for example to https://api.osv.dev.")
        )
    installed = sorted(
        {(one.metadata["Name"], one.version) for one in distributions() if one.metadata["Name"]}
    )
    try:
        results = _ask(base, installed)
    except (OSError, ValueError):
        words = _("%(address)s gave no usable answer. Check SIGNALCAST_VULNERABILITY_API.")
        return Finding(State.WARNING, words % {"address": base})
    known = {
        f"{name} {version}": sorted(one.id for one in result.vulns)
        for (name, version), result in zip(installed, results, strict=False)
        if result.vulns
    }
    if not known:
        return ok(_("%(count)d packages, nothing known.") % {"count": len(installed)}, 0)
    said = "; ".join(f"{package}: {', '.join(ids)}" for package, ids in known.items())
    words = _("Known vulnerabilities: %(said)s. Update Signalcast.") % {"said": said}
    return Finding(State.FAILED, words, len(known))


def _ask(base: str, installed: list[tuple[str, str]]) -> list[Result]:
    queries = [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
        for name, version in installed
    ]
    request = Request(  # noqa: S310 - the setting is checked to be a web address
        f"{base.rstrip('/')}/v1/querybatch",
        data=msgspec.json.encode({"queries": queries}),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=WITHIN) as answer:  # noqa: S310 - as above
        return msgspec.json.decode(answer.read(LONGEST), type=Answer).results


check = Check(
    title=gettext_lazy("Vulnerabilities"),
    meaning=gettext_lazy("Known vulnerabilities in the packages that are installed."),
    run=look,
    every=DAY,
    within=30.0,
)
