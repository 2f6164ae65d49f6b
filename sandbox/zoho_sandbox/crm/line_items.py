"""Line items: rows inside a quote, order or invoice, each a product with its quantity and price."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.crm.fields import Field
from zoho_sandbox.crm.inventory_fields import LINE_ITEMS
from zoho_sandbox.crm.outcomes import at_field
from zoho_sandbox.crm.values import invalid
from zoho_sandbox.sandbox import Sandbox

Line = dict[str, Any]
_CENT = Decimal("0.01")


def checked(sandbox: Sandbox, field: Field, value: Any, path: str, known: Sequence[Line] | None) -> list[Line]:
    """The lines to store, given those a record has (None: it is new); raises RecordProblem.

    A line with an `id` changes that line, one with `_delete` takes it away, one without an id is added, and lines
    that are not named stay.
    """
    if not isinstance(value, list):
        raise invalid(field, path, expected_data_type="jsonarray")
    lines = {line["id"]: line for line in known or ()}
    for index, given in enumerate(value):
        where = f"{path}[{index}]"
        if not isinstance(given, dict):
            raise invalid(field, where, expected_data_type="jsonobject")
        line_id = "" if known is None else str(given.get("id") or "")
        if line_id and line_id not in lines:
            raise at_field("INVALID_DATA", "the id given seems to be invalid", "id", where)
        if "_delete" in given:
            lines.pop(line_id, None)
            continue
        line = _line(sandbox, given, where, lines.get(line_id, {}))
        lines[line["id"]] = line
    return [{**line, "Sequence_Number": number} for number, line in enumerate(lines.values(), start=1)]


def totals(module: str, data: Mapping[str, Any]) -> dict[str, Decimal]:
    """What a record's lines, discount, tax and adjustment sum up to; nothing for modules without lines."""
    if module not in LINE_ITEMS:
        return {}
    sub_total = sum((line["Net_Total"] for line in data.get(LINE_ITEMS[module]) or ()), Decimal(0))
    extra = {name: Decimal(data.get(name) or 0) for name in ("Discount", "Tax", "Adjustment")}
    grand_total = sub_total - extra["Discount"] + extra["Tax"] + extra["Adjustment"]
    return {"Sub_Total": sub_total, "Grand_Total": grand_total.quantize(_CENT, ROUND_HALF_UP)}


def shown(sandbox: Sandbox, lines: Sequence[Line], parent: Mapping[str, str]) -> list[Line]:
    """Lines as a single record shows them."""
    products = _products(sandbox, {line["Product_Name"] for line in lines})
    return [
        {
            **line,
            "Product_Name": products.get(line["Product_Name"]),
            "Parent_Id": parent,
            "Price_Book_Name": None,
            "Line_Tax": [],
        }
        for line in lines
    ]


def _line(sandbox: Sandbox, given: Line, path: str, known: Line) -> Line:
    product = _product(sandbox, given, path, known)
    list_price = wire.decode(product["data"]).get("Unit_Price") or Decimal(0)
    quantity = _amount(given, "Quantity", known, Decimal(1), path)
    price = _amount(given, "List_Price", known, list_price, path)
    discount = _amount(given, "Discount", known, Decimal(0), path)
    tax = _amount(given, "Tax", known, Decimal(0), path)
    total = (quantity * price).quantize(_CENT, ROUND_HALF_UP)
    return {
        "id": known.get("id") or sandbox.new_id(),
        "Product_Name": str(product["id"]),
        "Quantity": quantity,
        "List_Price": price,
        "Total": total,
        "Discount": discount,
        "Total_After_Discount": total - discount,
        "Tax": tax,
        "Net_Total": total - discount + tax,
        "Description": given.get("Description", known.get("Description")),
    }


def _product(sandbox: Sandbox, given: Line, path: str, known: Line) -> sqlite3.Row:
    """The product a line names, as an object with its id or by the id alone."""
    named = given.get("Product_Name", known.get("Product_Name"))
    product_id = str((named.get("id") if isinstance(named, dict) else named) or "")
    if not product_id:
        raise at_field("MANDATORY_NOT_FOUND", "required field not found", "Product_Name", path)
    found = sandbox.db.one(
        "SELECT id, data FROM crm_record WHERE id = ? AND module = 'Products'",
        (int(product_id) if product_id.isdecimal() and len(product_id) < 20 else -1,),
    )
    if found is None:
        raise at_field("INVALID_DATA", "the id given seems to be invalid", "Product_Name", path)
    return found


def _amount(given: Line, name: str, known: Line, default: Any, path: str) -> Decimal:
    value = given.get(name)
    if value is None:
        value = known.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0:
        raise at_field("INVALID_DATA", "invalid data", name, path, expected_data_type="double")
    return Decimal(value)


def _products(sandbox: Sandbox, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    rows = sandbox.db.query(
        "SELECT id, name, data ->> 'Product_Code' AS code FROM crm_record WHERE id IN (SELECT value FROM json_each(?))",
        (wire.encode([int(product_id) for product_id in ids]).decode(),),
    )
    return {str(row["id"]): {"id": str(row["id"]), "name": row["name"], "Product_Code": row["code"]} for row in rows}
