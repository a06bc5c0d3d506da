"""Money: integer minor units with a currency."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

#: The currencies of ISO 4217 that people pay in, by how many decimal places they have.
_BY_PLACES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD"
    " CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ"
    " GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL"
    " MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR"
    " PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT"
    " TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
PLACES = {code: places for places, codes in _BY_PLACES.items() for code in codes.split()}


def minor_units(amount: Decimal, currency: str) -> int:
    """AMOUNT in the currency's units as a number of its smallest: 29.00 USD is 2900."""
    return int(amount.scaleb(PLACES.get(currency, 2)).to_integral_value(ROUND_HALF_UP))


def told(amount: int, currency: str) -> str:
    """AMOUNT of the currency's smallest units in words: 2900 USD is `29.00 USD`."""
    places = PLACES.get(currency, 2)
    return f"{Decimal(amount).scaleb(-places):,.{places}f} {currency}".strip()


def units(amount: int, currency: str) -> Decimal:
    """AMOUNT of the smallest units as one of the currency's own: 2900 USD is 29.00."""
    return Decimal(amount).scaleb(-PLACES.get(currency, 2))
