"""A server of the standard library that answers within a block."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import TCPServer

#: Seconds between two looks whether it is to end. By itself a server takes half a second.
LOOK_EVERY = 0.01


@contextmanager
def serving(server: TCPServer) -> Iterator[int]:
    """SERVER answers in a thread until the block ends, and is closed then. Gives its port."""
    thread = threading.Thread(target=server.serve_forever, args=(LOOK_EVERY,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
