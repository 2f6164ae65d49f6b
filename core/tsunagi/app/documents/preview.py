"""What a document will come to, computed before its service does; the service's own figures are what counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tsunagi.app.documents.form_values import discount_of
from tsunagi.domain.documents import Tax
from tsunagi.domain.money import Money
from tsunagi.domain.records import Fields


@dataclass(frozen=True, slots=True)
class Preview:
    """An estimate. `lines` are after discount and before tax, each rounded; `total` is `subtotal` with `tax`."""

    lines: tuple[Money, ...]
    subtotal: Money
    tax: Money
    total: Money


def preview(lines: Sequence[Fields], taxes: Mapping[str, Tax], currency: str) -> Preview | None:
    """None where a line's rate or tax is only known to the service."""
    nets: list[Money] = []
    tax = Money.zero(currency)
    for line in lines:
        rate, quantity = line.get("rate"), line.get("quantity", Decimal(1))
        percentage = _percentage(line, taxes)
        if not isinstance(rate, Decimal) or not isinstance(quantity, Decimal) or percentage is None:
            return None
        net = Money(_discounted(rate * quantity, line), currency).rounded()
        nets.append(net)
        tax += Money(net.amount * percentage / 100, currency).rounded()
    subtotal = sum(nets, Money.zero(currency))
    return Preview(tuple(nets), subtotal, tax, subtotal + tax)


def _percentage(line: Fields, taxes: Mapping[str, Tax]) -> Decimal | None:
    chosen = line.get("tax")
    if chosen:
        return taxes[str(chosen)].percentage if str(chosen) in taxes else None
    # Without a word about tax, an item brings its own.
    return None if chosen is None and line.get("item") and taxes else Decimal(0)


def _discounted(gross: Decimal, line: Fields) -> Decimal:
    found = discount_of(str(line.get("discount") or "0"))
    if found is None:
        return gross
    value, is_percentage = found
    return gross * (1 - value / 100) if is_percentage else gross - value
