"""Money: exact decimals at the precision of their currency, and the totals of a document made of them.

The database stores figures as scaled integers. Every total is rounded half up to the currency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import starmap

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


ZERO = Decimal(0)
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Discount:
    """An amount of money, or a percentage of what it applies to."""

    value: Decimal = ZERO
    is_percentage: bool = False

    def of(self, amount: Decimal, precision: int) -> Decimal:
        """The discount on `amount`, as a figure."""
        return figure(amount * self.value / HUNDRED if self.is_percentage else self.value, precision)


NO_DISCOUNT = Discount()


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax rate as the organisation has it; `percentage` 10 means ten per cent."""

    tax_id: str
    name: str
    percentage: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was entered, before anything is computed."""

    rate: Decimal
    quantity: Decimal = Decimal(1)
    discount: Discount = NO_DISCOUNT
    tax: Tax | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """How the document as a whole is priced.

    `discount` applies to the sum of the lines, before or after tax. With `inclusive`, rates contain the tax.
    """

    precision: int
    discount: Discount = NO_DISCOUNT
    discount_before_tax: bool = True
    inclusive: bool = False
    shipping: Decimal = ZERO
    adjustment: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class LineFigures:
    """`item_total` is after the line's own discount and without tax; `gross` is as priced."""

    item_total: Decimal
    gross: Decimal
    discount_amount: Decimal
    tax_amount: Decimal


@dataclass(frozen=True, slots=True)
class TaxTotal:
    tax: Tax
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures of the whole: without inclusive prices `sub_total - discount + tax + shipping + adjustment = total`;
    with them `sub_total_inclusive - discount + shipping + adjustment = total`."""

    lines: tuple[LineFigures, ...]
    taxes: tuple[TaxTotal, ...]
    sub_total: Decimal
    sub_total_inclusive: Decimal
    discount_total: Decimal
    tax_total: Decimal
    total: Decimal


def totals(lines: Sequence[Line], terms: Terms) -> Totals:
    """Price `lines` under `terms`. Every figure has exactly `terms.precision` decimal places."""
    with localcontext() as context:
        context.prec = EXACT
        return _totals(lines, terms)


def _totals(lines: Sequence[Line], terms: Terms) -> Totals:
    precision = terms.precision
    gross = [_gross(line, precision) for line in lines]
    discount = terms.discount.of(sum((after for after, _ in gross), ZERO), precision)
    shares = share(discount, [after for after, _ in gross], precision)
    if not terms.discount_before_tax:
        shares = [ZERO] * len(lines)
    taxes = [_tax(line.tax, after - part, terms) for line, (after, _), part in zip(lines, gross, shares, strict=True)]
    figures = tuple(
        starmap(
            LineFigures,
            (
                (_without_tax(line.tax, after, terms), after, own, tax)
                for line, (after, own), tax in zip(lines, gross, taxes, strict=True)
            ),
        )
    )
    tax_total = sum(taxes, ZERO)
    priced = sum((line.gross for line in figures), ZERO)
    added = figure(terms.shipping, precision) + figure(terms.adjustment, precision)
    total = priced - discount + added + (ZERO if terms.inclusive else tax_total)
    return Totals(
        lines=figures,
        taxes=_tax_totals(lines, taxes, precision),
        sub_total=figure(sum((line.item_total for line in figures), ZERO), precision),
        sub_total_inclusive=figure(priced + (ZERO if terms.inclusive else tax_total), precision),
        discount_total=discount,
        tax_total=figure(tax_total, precision),
        total=figure(total, precision),
    )


def share(amount: Decimal, weights: Sequence[Decimal], precision: int) -> list[Decimal]:
    """Divide `amount` in proportion to `weights` without losing or making a unit (largest remainder first)."""
    whole = sum(weights, ZERO)
    if not whole or not amount:
        return [figure(ZERO, precision) for _ in weights]
    unit = Decimal(1).scaleb(-precision)
    units = int(amount / unit)
    exact = [units * weight / whole for weight in weights]
    given = [int(part) for part in exact]
    order = sorted(range(len(exact)), key=lambda index: given[index] - exact[index])
    for index in order[: units - sum(given)]:
        given[index] += 1
    return [figure(part * unit, precision) for part in given]


def _gross(line: Line, precision: int) -> tuple[Decimal, Decimal]:
    priced = figure(line.rate * line.quantity, precision)
    discount = line.discount.of(priced, precision)
    return priced - discount, discount


def _without_tax(tax: Tax | None, amount: Decimal, terms: Terms) -> Decimal:
    if tax is None or not terms.inclusive:
        return amount
    return figure(amount / (1 + tax.percentage / HUNDRED), terms.precision)


def _tax(tax: Tax | None, amount: Decimal, terms: Terms) -> Decimal:
    if tax is None:
        return figure(ZERO, terms.precision)
    if terms.inclusive:
        return amount - _without_tax(tax, amount, terms)
    return figure(amount * tax.percentage / HUNDRED, terms.precision)


def _tax_totals(lines: Sequence[Line], amounts: Sequence[Decimal], precision: int) -> tuple[TaxTotal, ...]:
    sums: dict[str, TaxTotal] = {}
    for line, amount in zip(lines, amounts, strict=True):
        if line.tax is not None:
            before = sums[line.tax.tax_id].amount if line.tax.tax_id in sums else ZERO
            sums[line.tax.tax_id] = TaxTotal(line.tax, figure(before + amount, precision))
    return tuple(sums.values())
