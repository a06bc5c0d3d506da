"""What Django says about the settings, and whether the static files are those of this release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.core import checks as django_checks

from signalcast.core.collect_static import collect_static, is_collected
from signalcast.deploy.doctor.finding import Check, Finding, ok, problem, skipped, warning
from signalcast.deploy.doctor.scene import Scene

#: What the web server of a described host does, as rendered: it has browsers stay with HTTPS
#: (W004), and redirects to it (W008).
DONE_BY_WEB_SERVER = ("security.W004", "security.W008")


def _django(scene: Scene) -> Iterator[Finding]:
    done = DONE_BY_WEB_SERVER if scene.host and scene.host.web_server != "none" else ()
    found = [
        one for one in django_checks.run_checks(include_deployment_checks=True)
        if not one.is_silenced() and one.id not in done
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
    collected = is_collected(scene.home / "static")
    if closed := list(_closed(scene.home / "static")):
        yield warning(
            f"{len(closed)} static files or directories cannot be read by the web server",
            "Pages come without styles.",
            f"chmod -R u=rwX,go=rX {scene.home}/static",
        )
    if not collected:
        yield warning(
            "The static files of this release are not collected",
            "A web server has none to serve, and pages are sent theirs uncompressed.",
            "signalcast collectstatic",
        )
    elif not closed:
        yield ok("All static files of this release are collected.")


def _closed(collected: Path) -> Iterator[Path]:
    """What others than the owner cannot read, as a strict umask leaves it."""
    for path in collected.rglob("*"):
        wanted = 0o055 if path.is_dir() else 0o044
        if path.stat().st_mode & wanted != wanted:
            yield path


def _collect(scene: Scene) -> Iterator[str]:
    wanted = not scene.host or scene.host.has("web")
    if wanted and not is_collected(scene.home / "static"):
        yield f"{collect_static().files} static files are collected."
    if closed := list(_closed(scene.home / "static")):
        for path in closed:
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield f"{len(closed)} static files and directories can be read by the web server."


CHECKS = {
    "django": Check("security", "What Django's `check --deploy` says.", _django,
                    of_running_system=True),
    "static": Check("installation", "Static files are collected.", _static, _collect,
                    of_running_system=True),
}  # fmt: skip
