"""The text of a TradingView alert, with the placeholders that `signals.tradingview` reads."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

#: What an alert can say beyond what it has to: its member, its placeholder, what people read.
STRATEGY = {
    "price": ("{{strategy.order.price}}", gettext_lazy("the order's price")),
    "interval": ("{{interval}}", gettext_lazy("the timeframe")),
    "timenow": ("{{timenow}}", gettext_lazy("when it was sent")),
    "comment": ("{{strategy.order.comment}}", gettext_lazy("the order's comment")),
}
INDICATOR = {
    "price": ("{{close}}", gettext_lazy("the price")),
    "sl": ('{{plot("Stop")}}', gettext_lazy("a stop that is plotted as Stop")),
    "tp1": ('{{plot("Target")}}', gettext_lazy("a target that is plotted as Target")),
    "interval": ("{{interval}}", gettext_lazy("the timeframe")),
    "timenow": ("{{timenow}}", gettext_lazy("when it was sent")),
}
#: What is chosen until somebody chooses.
USUAL = ("price", "interval", "timenow")
ACTIONS = ("buy", "sell", "close")
SECRET = "PUT-YOUR-SECRET-HERE"  # noqa: S105 - stands where the secret goes


def alert_text(*, kind: str, action: str, fields: list[str], secret: bool) -> str:
    """The alert's message as JSON, for a KIND of strategy or indicator.

    ACTION is what an indicator's alert asks for; a strategy's own positions say what it does.
    FIELDS are names of the table of that kind. With SECRET there is a place for the body's secret.
    """
    members = {"ticker": "{{ticker}}"}
    if kind == "strategy":
        members |= {
            "action": "{{strategy.order.action}}",
            "market_position": "{{strategy.market_position}}",
            "prev_market_position": "{{strategy.prev_market_position}}",
        }
        table = STRATEGY
    else:
        members["action"] = action
        table = INDICATOR
    members |= {name: text for name, (text, _said) in table.items() if name in fields}
    if secret:
        members["secret"] = SECRET
    # Quotes inside of a placeholder are TradingView's: it is filled in before it is read as JSON.
    lines = (f'  "{name}": "{text}"' for name, text in members.items())
    return "{\n" + ",\n".join(lines) + "\n}"
