"""Exchange rates as the CRM writes and accepts them: texts of at most nine digits on each side of the point."""

import re
from decimal import Decimal

from tsunagi import Rate, RateDirection, RateInvalid, Text

INTEGER_DIGITS = 9
PLACES = 9
_NINE_DIGITS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def parse_rate(base: str, foreign: str, text: str) -> Rate:
    """Foreign units for one of the base currency, from a text such as "0.006600000". Raises RateInvalid."""
    if not isinstance(text, str):
        raise TypeError(f"a rate is read from a text, got {type(text).__name__} {text!r}")
    if not _NINE_DIGITS.fullmatch(text) or not Decimal(text):
        raise RateInvalid(_not_nine_digits(foreign, text), currency=foreign)
    return Rate(base, foreign, Decimal(text), RateDirection.FOREIGN_PER_BASE)


def format_rate(rate: Rate) -> str:
    """Always with nine decimals. Raises RateInvalid where digits would be lost: rounding a rate is a decision."""
    whole, _, decimals = f"{rate.value:f}".partition(".")
    text = f"{whole}.{decimals.rstrip('0').ljust(PLACES, '0')}"
    if not _NINE_DIGITS.fullmatch(text):
        raise RateInvalid(_not_nine_digits(rate.foreign, f"{rate.value:f}"), currency=rate.foreign)
    return text


def _not_nine_digits(currency: str, text: str) -> Text:
    return Text(
        en=f"The exchange rate of {currency} must be a number above zero with at most {INTEGER_DIGITS} digits before "
        f"the point and {PLACES} after it, such as 0.006600000; got '{text}'.",
        ja=f"{currency} の為替レートは、整数部 {INTEGER_DIGITS} 桁以内、小数部 {PLACES} 桁以内の 0 より大きい数"
        f"(例: 0.006600000)で指定してください。受け取った値: 「{text}」",
    )
