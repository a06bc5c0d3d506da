"""SQLite as a production database: durable commits, and writers that take turns."""

from __future__ import annotations

PRAGMAS = (
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA foreign_keys=ON;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-16000;"
    "PRAGMA wal_autocheckpoint=2000;"
)
