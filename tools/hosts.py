"""The files of the reference hosts, rendered: `python -m tools.hosts [--check]`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "signalcast.settings")

HOSTS = Path(__file__).parents[1] / "deploy" / "hosts"


def main() -> int:
    """Write them, or with --check say which ones differ; 1 when any does."""
    from signalcast.deploy.read import read
    from signalcast.deploy.render import render_all

    wanted: dict[Path, str] = {}
    for description in sorted(HOSTS.glob("*.yaml")):
        for target, texts in render_all(read(description.read_text())).items():
            for path, text in texts.items():
                wanted[HOSTS / description.stem / target / path] = text
    there = {file: file.read_text() for file in HOSTS.glob("*/**/*") if file.is_file()}
    if "--check" not in sys.argv:
        for directory in filter(Path.is_dir, HOSTS.iterdir()):
            shutil.rmtree(directory)
        for file, text in wanted.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return 0
    stale = sorted(
        file for file in wanted.keys() | there.keys() if wanted.get(file) != there.get(file)
    )
    for file in stale:
        print(f"{file.relative_to(HOSTS.parents[1])} is not what the code says: run make hosts")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
