"""Post the demo's signals, through the doors like anybody else, at a pace that can be watched."""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from decimal import Decimal

from signalcast.cli.demo import Demo
from signalcast.core import events

#: Seconds between two signals.
PACE = 4.0
#: Signals of a source that stay open; beyond, the oldest is closed.
MOST_OPEN = 6
#: Where prices begin, and their decimal places.
STARTS = {
    "BTCUSDT": ("demo-desk", Decimal(64250), 1), "ETHUSDT": ("demo-desk", Decimal(3120), 2),
    "SOLUSDT": ("demo-desk", Decimal(148), 2), "EURUSD": ("demo-fx", Decimal("1.0842"), 5),
    "GBPUSD": ("demo-fx", Decimal("1.2710"), 5), "USDJPY": ("demo-fx", Decimal("151.30"), 3),
}  # fmt: skip
#: What comes as text: an index to be understood, chatter, and what has to be reviewed.
TEXTS = (
    "BUY XAUUSD {entry} SL {stop} TP1 {first} TP2 {second}",
    "SELL NAS100 now, stop {second}, target {stop}",
    "Good morning everybody, quiet day ahead",
    "long the usual one, you know where",
)


@dataclass
class Player:
    """Decides what is posted next. The same seed plays the same."""

    demo: Demo
    url: str
    dice: random.Random
    prices: dict[str, Decimal] = field(default_factory=dict)
    #: Source, id, instrument, entry and direction of signals that are open, oldest first.
    open: list[tuple[str, str, str, Decimal, int]] = field(default_factory=list)
    count: int = 0
    run: str = field(default_factory=lambda: f"{time.time_ns() // 1_000_000:x}")

    def step(self) -> None:
        """Post one thing. Raises OSError when nobody answers."""
        self.count += 1
        if len(self.open) >= MOST_OPEN:
            self._close()
            return
        act = self.dice.random()
        if act < 0.5 or not self.open:
            self._new("demo-trainee" if act < 0.08 else "")
        elif act < 0.75:
            source, id_, symbol, entry, sign = self.dice.choice(self.open)
            nearer = entry * (1 - sign * Decimal(self.dice.randint(3_000, 13_000)) / 1_000_000)
            stop = f"{nearer:.{STARTS[symbol][2]}f}"
            self._post(source, {"ref": id_, "action": "update", "stop_loss": stop})
        elif act < 0.85:
            self._close()
        else:
            self._text()

    def _new(self, source: str) -> None:
        symbol = self.dice.choice(list(STARTS))
        step = Decimal(self.dice.randint(-30, 30)) / 10_000
        price = self.prices.get(symbol, STARTS[symbol][1]) * (1 + step)
        self.prices[symbol] = price
        rises = self.dice.random() < 0.6
        factors = ("0.985", "1.01", "1.02") if rises else ("1.015", "0.99", "0.98")
        stop, first, second = (self._near(symbol, factor) for factor in factors)
        id_ = f"{self.run}-{self.count}"
        signal: dict[str, object] = {
            "symbol": symbol,
            "side": "buy" if rises else "sell",
            "order_type": "limit",
            "entries": [self._near(symbol, "1")],
            "stop_loss": stop,
            "take_profits": [{"price": first, "share": "0.5"}, {"price": second, "share": "0.5"}],
            "timeframe": self.dice.choice(["15m", "1h", "4h"]),
            "comment": self.dice.choice(["", "", "Half the usual size.", "Breakout retest."]),
        }
        chosen = source or STARTS[symbol][0]
        self._post(chosen, signal, id_)
        if not source:
            self.open.append((chosen, id_, symbol, price, 1 if rises else -1))

    def _close(self) -> None:
        source, id_, *_rest = self.open.pop(0)
        comment = self.dice.choice(["Target reached.", "Out at break-even.", ""])
        self._post(source, {"ref": id_, "action": "close", "comment": comment})

    def _text(self) -> None:
        base = Decimal(self.dice.randint(2_300, 2_500))
        levels = {"entry": base, "stop": base - 25, "first": base + 20, "second": base + 45}
        text = self.dice.choice(TEXTS).format(**levels)
        self._send(f"/in/hooks/{self.demo.tokens['demo-chat']}", text.encode(), "text/plain", "")

    def _near(self, symbol: str, factor: str) -> str:
        """A price near the last one, with as many places as the instrument has."""
        _source, start, places = STARTS[symbol]
        return f"{self.prices.get(symbol, start) * Decimal(factor):.{places}f}"

    def _post(self, source: str, signal: dict[str, object], id_: str = "") -> None:
        body = json.dumps(signal | {"id": id_ or f"{self.run}-{self.count}"}).encode()
        self._send("/in/v1/signals", body, "application/json", self.demo.tokens[source])

    def _send(self, path: str, body: bytes, content_type: str, token: str) -> None:
        headers = {"Content-Type": content_type}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(self.url + path, data=body, headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - our own server
                pass
        except urllib.error.HTTPError as refused:
            events.warn("demo.refused", status=refused.code, said=refused.read()[:300].decode())


def play(demo: Demo, url: str, stopped: threading.Event) -> None:
    """Post until STOPPED is set. While the server is away, try again."""
    player = Player(demo, url, random.Random(7))  # noqa: S311 - varied, not secret
    while not stopped.wait(PACE):
        try:
            player.step()
        except OSError as error:
            events.emit("demo.waits", why=str(error))
