"""`signalcast send`: post a signal from the shell."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from signalcast.cli import command
from signalcast.core.env import environment

NOT_REACHABLE = 3


class Command(command.Command):
    """Exit codes: 0 accepted, 1 refused, 3 nobody answered."""

    help = (
        "Post a signal to a running installation. Exits 0 when all were accepted, 1 when one was "
        "refused, 3 when nobody answered.\n\n"
        "  signalcast send --token T --symbol BTCUSDT --side buy --entry 64250.5 --stop 63000\n"
        "  signalcast send --token T signals.ndjson"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """A signal by its fields, or a file of signals."""
        parser.add_argument("file", nargs="?", help="JSON or NDJSON; - for standard input")
        parser.add_argument("--token", required=True, help="the source's token")
        parser.add_argument("--url", help="where Signalcast answers")
        parser.add_argument("--json", action="store_true", help="show the answer as it came")
        parser.add_argument("--id", help="your own id: a repeat is recognised by it")
        parser.add_argument("--ref", help="id of the earlier signal this is about")
        parser.add_argument("--action", choices=["update", "close", "cancel"])
        parser.add_argument("--symbol", help="instrument, as in BTCUSDT")
        parser.add_argument("--side", choices=["buy", "sell"])
        parser.add_argument("--type", choices=["market", "limit", "stop"], dest="order_type")
        parser.add_argument("--entry", action="append", dest="entries", help="repeatable")
        parser.add_argument("--stop", dest="stop_loss")
        parser.add_argument(
            "--target", action="append", dest="targets", help="price or price:share; repeatable"
        )
        parser.add_argument("--leverage")
        parser.add_argument("--timeframe")
        parser.add_argument("--valid-until", help="as in 2026-12-01T00:00:00Z")
        parser.add_argument("--comment")

    def handle(self, **options: Any) -> None:
        """Post, and tell what the answer says."""
        body, content_type = _body(options)
        settings = environment()
        url = (options["url"] or f"http://127.0.0.1:{settings.port}").rstrip("/")
        request = urllib.request.Request(  # noqa: S310 - the person at the shell names it
            f"{url}/in/v1/signals",
            data=body,
            headers={"Content-Type": content_type, "Authorization": f"Bearer {options['token']}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the same
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            status, text = refused.code, refused.read()
        except OSError as error:
            self.stderr.write(f"Nobody answers at {url}: {getattr(error, 'reason', error)}.")
            sys.exit(NOT_REACHABLE)
        self._tell(status, text.decode(errors="replace"), as_json=options["json"])

    def _tell(self, status: int, text: str, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(text)
        else:
            try:
                answer = json.loads(text)
            except ValueError:
                answer = {"detail": text[:300]}
            for receipt in answer.get("receipts", []):
                self.stdout.write(_line(receipt))
            if "receipts" not in answer:
                self.stderr.write(f"{status} {answer.get('title', '')}: {answer.get('detail', '')}")
                for error in answer.get("errors", []):
                    self.stderr.write(f"  {error.get('pointer') or '/'} {error.get('detail')}")
        if status != 202:
            sys.exit(1)


def _line(receipt: dict[str, Any]) -> str:
    if receipt["status"] == "refused":
        problem = receipt.get("problem", {})
        return f"refused    item {receipt.get('index')}: {json.dumps(problem)}"
    return f"{receipt['status']:<10} {receipt['id']}"


def _body(options: dict[str, Any]) -> tuple[bytes, str]:
    """The request's body and its type: a file as it is, or one signal from the options."""
    if file := options["file"]:
        try:
            body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.") from None
        lines = [line for line in body.splitlines() if line.strip()]
        several = len(lines) > 1 and all(line.lstrip()[:1] == b"{" for line in lines)
        return body, "application/x-ndjson" if several else "application/json"
    names = (
        "id", "ref", "action", "symbol", "side", "order_type", "entries", "stop_loss", "leverage",
        "timeframe", "valid_until", "comment",
    )  # fmt: skip
    signal = {name: options[name] for name in names if options[name] is not None}
    if not signal:
        raise CommandError("Name a file, or give at least --symbol and --side.")
    if options["targets"]:
        signal["take_profits"] = [_target(text) for text in options["targets"]]
    return json.dumps(signal).encode(), "application/json"


def _target(text: str) -> dict[str, str]:
    price, _colon, share = text.partition(":")
    return {"price": price, "share": share} if share else {"price": price}
