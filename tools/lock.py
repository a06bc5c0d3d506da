"""Write `requirements/*.txt` from `requirements/*.in`: `python tools/lock.py [--upgrade]`.

One resolution holds for every system and for Python 3.11 to 3.13, and no address of an index is
written down.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
COMPILE = [
    *(str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--universal"),
    *("--python-version", "3.11", "--generate-hashes"),
    *("--no-header", "--no-emit-index-url", "--no-annotate"),
]


def main() -> int:
    """Lock base first: the other sets are held to its versions, so that they fit together."""
    for name in ("base", "dev", "mysql", "provision", "lock"):
        held = [] if name == "base" else ["--constraint", "base.txt"]
        files = [f"{name}.in", "--output-file", f"{name}.txt"]
        subprocess.run([*COMPILE, *held, *sys.argv[1:], *files], cwd=REQUIREMENTS, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
