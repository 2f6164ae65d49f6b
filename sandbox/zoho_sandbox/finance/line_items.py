"""The lines of a document: read from the request, completed from the item, and shown in answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zoho_sandbox.finance import items, taxes
from zoho_sandbox.finance.errors import invalid_value
from zoho_sandbox.finance.items import Item
from zoho_sandbox.finance.money import Discount, Line, LineFigures, Tax, converted, figure, rate_figure
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.finance.payload import Fields

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line to be priced and the texts that go with it."""

    priced: Line
    texts: dict[str, str]


def read_lines(call: FinanceCall, fields: Fields, exchange_rate: Decimal, rate_key: str = "rate") -> list[ReadLine]:
    """The `line_items` of a request; a document needs at least one. Raises FinanceError.

    `rate_key` is which of an item's rates a line without one takes.
    """
    rows = fields.rows("line_items")
    if not rows:
        raise invalid_value("line_items")
    return [_read(call, row, exchange_rate, rate_key) for row in rows]


def _read(call: FinanceCall, row: Fields, exchange_rate: Decimal, rate_key: str) -> ReadLine:
    item_id = row.identifier("item_id")
    item = items.find(call.db, call.ledger, item_id) if item_id else None
    texts = {
        "line_item_id": row.identifier("line_item_id"),
        "item_id": item_id,
        "name": row.text("name", 100, _of(item, "name")),
        "description": row.text("description", 2000, _of(item, "description")),
        "unit": row.text("unit", 100, _of(item, "unit")),
        "product_type": row.text("product_type", 20, _of(item, "product_type") or "goods"),
        # What was subscribed to, on the invoices of subscriptions.
        **{name: row.text(name, 100) for name in ("code", "product_id") if name in row},
    }
    if not (texts["name"] or texts["description"]):
        raise invalid_value("name")
    line = Line(
        rate=_rate(row, item, exchange_rate, rate_key),
        quantity=row.positive("quantity", ONE),
        discount=row.discount("discount"),
        tax=_tax(call, row, item),
    )
    return ReadLine(line, texts)


def _of(item: Item | None, name: str) -> str:
    return "" if item is None else str(item.document[name])


def _rate(row: Fields, item: Item | None, exchange_rate: Decimal, rate_key: str) -> Decimal:
    """An item's own rate is in the base currency; a document in another one divides by its rate."""
    if item is not None and row.raw("rate") is None:
        return figure(item.document[rate_key] / exchange_rate, 6).normalize() + 0
    if row.raw("rate") is None:
        raise invalid_value("rate")
    return row.not_negative("rate", ONE)


def _tax(call: FinanceCall, row: Fields, item: Item | None) -> Tax | None:
    tax_id = row.identifier("tax_id") if "tax_id" in row else _of(item, "tax_id")
    return taxes.find(call.db, call.organization_id, tax_id) if tax_id else None


def shown_lines(
    call: FinanceCall,
    lines: Sequence[ReadLine],
    figures: Sequence[LineFigures],
    exchange_rate: Decimal,
    precision: int,
) -> list[dict[str, Any]]:
    """The `line_items` of an answer; lines without an id get one."""
    unnamed = sum(1 for line in lines if not line.texts["line_item_id"])
    ids = iter(call.sandbox.new_ids(unnamed) if unnamed else ())
    shown = []
    for position, (line, own) in enumerate(zip(lines, figures, strict=True), 1):
        texts = line.texts | {"line_item_id": line.texts["line_item_id"] or next(ids)}
        shown.append(
            {
                **texts,
                "item_order": position,
                "bcy_rate": converted(line.priced.rate, exchange_rate, call.organization.price_precision),
                "rate": _at_least(line.priced.rate, precision),
                "quantity": rate_figure(line.priced.quantity),
                "discount_amount": own.discount_amount,
                "discount": shown_discount(line.priced.discount, precision),
                **_shown_tax(line.priced.tax),
                "item_total": own.item_total,
                "line_item_category": "line_item",
                "tags": [],
            }
        )
    return shown


def shown_discount(discount: Discount, precision: int) -> Decimal | str:
    """An amount as a figure, a percentage as text ("10%")."""
    if discount.is_percentage:
        return f"{format(discount.value.normalize(), 'f')}%"
    return figure(discount.value, precision)


def _shown_tax(tax: Tax | None) -> dict[str, Any]:
    if tax is None:
        return {"tax_id": "", "tax_name": "", "tax_type": "tax", "tax_percentage": Decimal(0)}
    return {
        "tax_id": tax.tax_id,
        "tax_name": tax.name,
        "tax_type": "tax",
        "tax_percentage": tax.percentage,
    }


def _at_least(rate: Decimal, precision: int) -> Decimal:
    """A rate may be finer than the currency, but shows at least its decimal places."""
    exponent = rate.as_tuple().exponent
    return figure(rate, precision) if isinstance(exponent, int) and exponent > -precision else rate
