"""The words of traders that carry meaning, and those known to carry none."""

from __future__ import annotations

from typing import Literal


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Label = Literal["entry", "stop", "target", "leverage", "timeframe", "noise"]


def _phrases(label: Label, text: str) -> dict[tuple[str, ...], Label]:
    return {tuple(phrase.split()): label for phrase in text.split(";")}


#: Direction as a position, which outweighs "buy" and "sell" used as names of prices.
POSITIONS = {"long": "buy", "bullish": "buy", "short": "sell", "bearish": "sell"}
ORDERS = {"buy": "buy", "bto": "buy", "sell": "sell"}
SIDES = POSITIONS | ORDERS

#: What the number after the words is; the longest phrase counts.
LABELS: dict[tuple[str, ...], Label] = {
    **_phrases(
        "entry",
        "entry; entries; enter; entry price; entry prices; entry zone; entry point; entry "
        "points; entry area; entry level; entry levels; entry range; entry target; entry "
        "targets; entry limit; buy zone; buy range; buy area; buy price; buy entry; sell "
        "zone; sell range; sell area; sell price; sell entry; limit price; open price; get "
        "in; zone; range",
    ),
    **_phrases(
        "stop",
        "sl; stop; stops; stoploss; stop loss; stop losses; stop price; stop target; stop "
        "targets; stop level; risk price",
    ),
    **_phrases(
        "target",
        "tp; tps; t; pt; tg; tgt; tgts; trg; target; targets; takeprofit; takeprofits; take "
        "profit; take profits; take profit target; take profit targets; take profit level; "
        "take profit levels; profit target; profit targets; price target; price targets; "
        "target price; sell target; sell targets; selling target; selling targets",
    ),
    **_phrases(
        "leverage",
        "leverage; lev; levrage",
    ),
    **_phrases(
        "timeframe",
        "timeframe; time frame; tf",
    ),
    **_phrases(
        "noise",
        "lot; lots; lot size; lotsize",
    ),
}
PLURALS = {"targets", "tps", "tgts", "entries", "prices", "points", "levels", "profits"}

#: Words between a label and its number that change nothing.
FILLERS = _words(
    "a an and around as at between from in is isolated cross of on set the to usd usdt usdc "
    "approx price area level zone s below above under over"
)
#: Words that may stand in a plain call and mean nothing by themselves.
PLAIN = _words(
    "action again alert asset binance bingx bitget by bybit call cmp coin crypto currency "
    "current daily day direction dyor e en exchange exchanges execution for forex free fresh "
    "future futures fx gateio high hold hour hours huobi idea immediately indices instant "
    "instantly instrument intraday it kucoin limit low market metals mexc mid midterm min "
    "minute minutes name new nfa now okx only open order orders pair pending perp perpetual "
    "place please position positions premium quick safety scalp scalping setup short-term side "
    "signal signals size spot strategy swing symbol team term this ticker today trade trades "
    "trading type use vip with your"
)
#: Names of venues that stand before a colon and an instrument.
VENUES = _words(
    "binance bybit okx kucoin bitget mexc bingx coinbase kraken bitstamp bitfinex huobi gateio "
    "oanda fxcm forexcom icmarkets pepperstone capitalcom fx tvc nasdaq nyse amex cboe cme comex "
    "nymex index sp dj eightcap vantage blackbull"
)
#: What instruments are quoted in.
CURRENCIES = _words(
    "USD EUR GBP JPY CHF CAD AUD NZD SEK NOK DKK PLN HUF CZK TRY ZAR MXN SGD HKD CNH CNY "
    "USDT USDC BUSD FDUSD TUSD DAI"
)
#: Words in front of an instrument's name.
NAMERS = _words("pair symbol coin asset ticker instrument market name currency")

#: Words that belong to trades in general.
TRADES = _words("trade trades position positions order orders signal signals profit profits")
#: News of an earlier call.
NEWS = _words(
    "hit hits hitted reached achieved done smashed destroyed completed secured booked activated "
    "filled triggered won win wins winner winning lost gained banked cashed paid missed success "
    "successful congratulations congrats boom history backtest update updated "
    "updates running result results recap performance"
)
#: An earlier call changes. Calls themselves use these words too, for what comes later.
CHANGES = _words(
    "move moved moving shift raise lower adjust adjusted modify modified change changed edit "
    "edited breakeven bep trail trailing trailed partial partials partially half"
)
CLOSES = _words("close closed closing exit exited exiting stc")
STOPPED = _words("stopped stopout")
CANCELS = _words(
    "cancel cancelled canceled cancelling canceling delete deleted remove removed invalid "
    "invalidated ignore avoid abort void"
)
#: Words that make a text something else than a plain call.
HEDGES = _words(
    "if unless wait waiting after once until maybe perhaps might could possible possibly probably "
    "potential potentially expect expected expecting watch watching watchlist analysis forecast "
    "example yesterday tomorrow previous was were had would not dont don didnt never bought sold "
    "entered opened took reenter reentry re add adding dca average averaging hedge expiry expires "
    "expired valid candle later soon think hope or either"
)
#: Names of contracts that the instrument alone does not say.
CONTRACTS = _words("ce pe calls puts fut strike option options")

#: Words of plain closings, cancellations and changes of a stop.
BRIEF = _words(
    "all be book everyone free full fully guys here loss manually minor our profit profits "
    "rest safe secure take trader traders we were level entry"
)

#: Frequent words by which a text in English is told from one that is not.
ENGLISH = _words(
    "the a an is are was be and or to of in on at for with from this that it we you i my our your "
    "not now today all up down will can do have has good just more as by"
)

#: Words that say there is no such level.
NONE_WORDS = _words("open hold none no")

VOCABULARY = (
    frozenset(word for phrase in LABELS for word in phrase)
    | frozenset(SIDES)
    | FILLERS
    | PLAIN
    | NEWS
    | CHANGES
    | CLOSES
    | STOPPED
    | CANCELS
    | HEDGES
    | CONTRACTS
    | NONE_WORDS
    | frozenset(["x", "k", "risk", "amount", "id", "ref", "pip", "pips", "points", "pts", "yes"])
)
