"""`make bench`: measure everything, print the table, write bench/results/latest.json."""

from __future__ import annotations

import argparse
import sys
import time

from bench import email, fan_out, intake, latency, live, pages, sender, sign_in, telegram
from bench.row import Row, store, table

PARTS = {
    "intake": intake,
    "sender": sender,
    "telegram": telegram,
    "email": email,
    "live": live,
    "fan_out": fan_out,
    "latency": latency,
    "pages": pages,
    "sign_in": sign_in,
}


def main() -> int:
    """Run the chosen parts. A missed target is in the table, not in the exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="all when none is named")
    chosen = parser.parse_args().parts or list(PARTS)
    rows: list[Row] = []
    for name in chosen:
        began = time.monotonic()
        print(f"measuring {name} ...", end=" ", file=sys.stderr, flush=True)
        rows += PARTS[name].measure()
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    print(table(rows))
    if len(chosen) == len(PARTS):
        store(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
