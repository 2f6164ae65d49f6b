"""Figures as Books keeps them: exact decimals at the precision of their currency, scaled integers in the database."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

MAX_PRECISION = 4
SCALE = Decimal(10**MAX_PRECISION)
# Sums of a customer's balances must stay inside SQLite's 64-bit integers.
LARGEST = Decimal(10**13)
# Digits enough for any product of two numbers a request may hold.
EXACT = 60


def figure(amount: Decimal, precision: int) -> Decimal:
    """Round half up to `precision` decimal places, keeping trailing zeros (1000 at 2 is 1000.00)."""
    with localcontext() as context:
        context.prec = EXACT
        rounded = amount.quantize(Decimal(1).scaleb(-precision), rounding=ROUND_HALF_UP)
    return rounded or abs(rounded)


def converted(amount: Decimal, rate: Decimal, precision: int) -> Decimal:
    """`amount` times `rate`, rounded once, at the end."""
    with localcontext() as context:
        context.prec = EXACT
        product = amount * rate
    return figure(product, precision)


def scaled(amount: Decimal) -> int:
    """The integer the database stores for a figure of any supported precision."""
    return int(amount * SCALE)


def unscaled(stored: int, precision: int) -> Decimal:
    """The figure that `scaled` stored, at its currency's precision."""
    return figure(Decimal(stored) / SCALE, precision)


def rate_figure(rate: Decimal) -> Decimal:
    """An exchange rate as given, with at least two decimal places (1 is 1.00, 0.0065 stays)."""
    exponent = rate.as_tuple().exponent
    return rate.quantize(Decimal("0.01")) if isinstance(exponent, int) and exponent > -2 else rate
