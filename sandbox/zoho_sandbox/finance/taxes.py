"""The taxes of an organisation: a name and a percentage, none by default."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.database import Database
from zoho_sandbox.finance.errors import already_exists, does_not_exist, in_use, invalid_value
from zoho_sandbox.finance.listing import Listing, equal, page_of
from zoho_sandbox.finance.money import Tax
from zoho_sandbox.finance.operations import FinanceCall, offer, page_answer, success

_LISTING = Listing(
    report_name="Taxes",
    filters=(),
    sort_columns={"tax_name": "tax_name", "created_time": "tax_id"},
    key="tax_id",
    default_sort="tax_name",
    default_order="A",
)


def find(database: Database, organization_id: str, tax_id: str) -> Tax:
    row = database.one(
        "SELECT * FROM finance_taxes WHERE tax_id = ? AND organization_id = ?", (tax_id, organization_id)
    )
    if row is None:
        raise does_not_exist("Tax")
    return _from_row(row)


def _from_row(row: Any) -> Tax:
    return Tax(row["tax_id"], row["tax_name"], Decimal(row["tax_percentage"]))


def _shown(tax: Tax) -> dict[str, Any]:
    return {
        "tax_id": tax.tax_id,
        "tax_name": tax.name,
        "tax_percentage": tax.percentage,
        "tax_type": "tax",
        "tax_factor": "rate",
        "tax_specific_type": "",
        "tax_authority_id": "",
        "tax_authority_name": "",
        "is_value_added": False,
        "is_default_tax": False,
        "is_editable": True,
    }


def _list(call: FinanceCall) -> Answer:
    base = equal({"organization_id": call.organization_id})
    page = page_of(_LISTING, call.query, base)
    rows = page.rows(call.db, "SELECT * FROM finance_taxes")
    return page_answer("taxes", [_shown(_from_row(row)) for row in rows], page)


def _percentage(call: FinanceCall, default: Decimal) -> Decimal:
    percentage = call.fields.number("tax_percentage", default)
    if not 0 <= percentage <= 100:
        raise invalid_value("tax_percentage")
    return percentage


def _check_name(call: FinanceCall, name: str, tax_id: str) -> None:
    taken = call.db.value(
        "SELECT 1 FROM finance_taxes WHERE organization_id = ? AND tax_name = ? AND tax_id <> ?",
        (call.organization_id, name, tax_id),
    )
    if taken:
        raise already_exists("Tax", name)


def _create(call: FinanceCall) -> Answer:
    name = call.fields.required_text("tax_name", 100)
    _check_name(call, name, "")
    tax = Tax(call.sandbox.new_id(), name, _percentage(call, Decimal(-1)))
    call.db.execute(
        "INSERT INTO finance_taxes VALUES (?, ?, ?, ?)",
        (tax.tax_id, call.organization_id, name, format(tax.percentage, "f")),
    )
    return success("The tax has been added.", status=201, tax=_shown(tax))


def _get(call: FinanceCall) -> Answer:
    return success(tax=_shown(find(call.db, call.organization_id, call.id("tax_id"))))


def _change(call: FinanceCall) -> Answer:
    """Documents keep the percentage they were priced with."""
    known = find(call.db, call.organization_id, call.id("tax_id"))
    name = call.fields.text("tax_name", 100, known.name)
    _check_name(call, name, known.tax_id)
    tax = Tax(known.tax_id, name, _percentage(call, known.percentage))
    call.db.execute(
        "UPDATE finance_taxes SET tax_name = ?, tax_percentage = ? WHERE tax_id = ?",
        (name, format(tax.percentage, "f"), tax.tax_id),
    )
    return success("Tax information has been saved.", tax=_shown(tax))


def _remove(call: FinanceCall) -> Answer:
    tax = find(call.db, call.organization_id, call.id("tax_id"))
    if call.db.value("SELECT 1 FROM finance_items WHERE tax_id = ? LIMIT 1", (tax.tax_id,)):
        raise in_use("Taxes associated with items cannot be deleted.")
    named = f'%"tax_id":"{tax.tax_id}"%'
    if call.db.value("SELECT 1 FROM finance_documents WHERE document LIKE ? LIMIT 1", (named,)):
        raise in_use("Taxes associated with transactions cannot be deleted.")
    call.db.execute("DELETE FROM finance_taxes WHERE tax_id = ?", (tax.tax_id,))
    return success("The record has been deleted.")


OFFERS = (
    offer("GET", "/settings/taxes", _list, scope="settings.READ"),
    offer("POST", "/settings/taxes", _create, scope="settings.CREATE"),
    offer("GET", "/settings/taxes/{tax_id}", _get, scope="settings.READ"),
    offer("PUT", "/settings/taxes/{tax_id}", _change, scope="settings.UPDATE"),
    offer("DELETE", "/settings/taxes/{tax_id}", _remove, scope="settings.DELETE"),
)
