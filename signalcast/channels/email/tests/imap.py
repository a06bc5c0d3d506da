"""A mailbox on the loopback, as far as IMAP is needed to read it."""

from __future__ import annotations

import re
import socketserver
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from tests.serving import serving

USER, PASSWORD = "bounces", "confidential-mailbox"


class Imap:
    """Speaks IMAP4rev1. `mails` are in its inbox, `seen` the numbers of those that were read."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.seen: set[int] = set()
        self.fetched: list[int] = []
        #: Said in place of the answer to SEARCH, after which the connection ends.
        self.nonsense = b""
        self._answering = ExitStack()

    def __enter__(self) -> Self:
        mailbox = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"* OK mailbox\r\n")
                while line := self.rfile.readline():
                    tag, _space, command = line.strip().partition(b" ")
                    if not mailbox.answer(tag, command.decode(), self.wfile):
                        break

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.port = self._answering.enter_context(serving(server))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._answering.close()

    def settings(self, **changes: object) -> dict[str, object]:
        """What an account says of it."""
        mine = {"host": "127.0.0.1", "port": self.port, "security": "none"}
        return {**mine, "username": USER, "password": PASSWORD, **changes}

    def answer(self, tag: bytes, command: str, out: Any) -> bool:
        """Answer one command; False when the connection ends."""
        words = command.split()
        verb = " ".join(words[:2] if words[0] == "UID" else words[:1]).upper()
        if verb == "CAPABILITY":
            out.write(b"* CAPABILITY IMAP4rev1\r\n")
        elif verb == "LOGIN" and words[1:] != [USER, f'"{PASSWORD}"']:
            out.write(tag + b" NO no such user\r\n")
            return True
        elif verb == "SELECT":
            out.write(b"* %d EXISTS\r\n" % len(self.mails))
        elif verb == "UID SEARCH":
            if self.nonsense:
                out.write(self.nonsense)
                return False
            new = [n for n in range(1, len(self.mails) + 1) if n not in self.seen]
            out.write(b"* SEARCH" + b"".join(b" %d" % n for n in new) + b"\r\n")
        elif verb == "UID FETCH":
            self._fetch(int(words[2]), command, out)
        elif verb == "UID STORE":
            assert re.search(r"\+FLAGS\.SILENT \(\\Seen\)", command)
            self.seen.add(int(words[2]))
        out.write(tag + b" OK done\r\n")
        return verb != "LOGOUT"

    def _fetch(self, number: int, command: str, out: Any) -> None:
        mail = self.mails[number - 1]
        if "RFC822.SIZE" in command:
            out.write(b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (number, number, len(mail)))
        else:
            assert "BODY.PEEK[]" in command
            self.fetched.append(number)
            out.write(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (number, number, len(mail)))
            out.write(mail + b")\r\n")
