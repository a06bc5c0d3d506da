"""What Django says about the settings, and whether the static files are those of this release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.contrib.staticfiles.finders import get_finders
from django.core import checks as django_checks
from django.core.management import call_command

from signalcast.deploy.doctor.finding import Check, Finding, ok, problem, skipped, warning
from signalcast.deploy.doctor.scene import Scene


def _django(_scene: Scene) -> Iterator[Finding]:
    found = [
        one for one in django_checks.run_checks(include_deployment_checks=True)
        if not one.is_silenced()
    ]  # fmt: skip
    for one in found:
        grave = one.level >= django_checks.ERROR
        why = f"Django's own check says so ({one.id})."
        words = " ".join(str(one.msg).split())
        mend = " ".join(str(one.hint or "").split()) or "signalcast check --deploy"
        yield (problem if grave else warning)(words, why, mend)
    if not found:
        yield ok("Django's check --deploy finds nothing.")


def _static(scene: Scene) -> Iterator[Finding]:
    if scene.host and not scene.host.has("web"):
        yield skipped("Another machine serves pages.")
        return
    missing, count = _missing(scene.home / "static")
    if not missing:
        yield ok(f"All {count} static files are collected.")
        return
    yield warning(
        f"{len(missing)} of {count} static files are not collected, or are of another release",
        "Pages that a web server serves files for come without styles.",
        "signalcast collectstatic --no-input",
    )


def _missing(collected: Path) -> tuple[list[str], int]:
    """Files that the code brings and that are not among the collected ones; and how many it has."""
    missing, count = [], 0
    for finder in get_finders():
        for path, storage in finder.list([]):
            count += 1
            copy = collected / (getattr(storage, "prefix", None) or "") / path
            if not copy.is_file() or copy.stat().st_size != storage.size(path):
                missing.append(path)
    return missing, count


def _collect(scene: Scene) -> Iterator[str]:
    missing, _count = _missing(scene.home / "static")
    if missing and (not scene.host or scene.host.has("web")):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield f"{len(missing)} static files are collected."


CHECKS = {
    "django": Check("security", "What Django's `check --deploy` says.", _django,
                    of_running_system=True),
    "static": Check("installation", "Static files are collected.", _static, _collect,
                    of_running_system=True),
}  # fmt: skip
