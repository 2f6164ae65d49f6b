"""Sums of documents by currency, and putting several of them together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tsunagi.domain.money import Money


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the documents of one currency."""

    count: int
    total: Money
    balance: Money
    base_total: Money
    base_balance: Money


def folded(several: Iterable[Sequence[Totals]]) -> list[Totals]:
    """Sums put together by their currencies, in alphabetical order of these."""
    found: dict[tuple[str, str], Totals] = {}
    for totals in (each for some in several for each in some):
        currencies = totals.total.currency, totals.base_total.currency
        found[currencies] = _added(found[currencies], totals) if currencies in found else totals
    return [found[currencies] for currencies in sorted(found)]


def _added(one: Totals, other: Totals) -> Totals:
    """Both in the same currencies."""
    return Totals(
        count=one.count + other.count,
        total=one.total + other.total,
        balance=one.balance + other.balance,
        base_total=one.base_total + other.base_total,
        base_balance=one.base_balance + other.base_balance,
    )
