"""`python -m signalcast.cli`, the same as the `signalcast` command."""

from __future__ import annotations

from signalcast.cli import main

main()
