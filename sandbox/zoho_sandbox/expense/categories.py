"""Expense categories: what money was spent on."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.finance import rows
from zoho_sandbox.finance.contacts import name_key
from zoho_sandbox.finance.errors import does_not_exist
from zoho_sandbox.finance.operations import FinanceCall
from zoho_sandbox.sandbox import Sandbox

# What every organisation starts with.
_STANDARD = (
    "Air Travel Expense",
    "Automobile Expense",
    "IT and Internet Expenses",
    "Lodging",
    "Meals and Entertainment",
    "Office Supplies",
    "Other Expenses",
    "Telephone Expense",
)


def add_standard(sandbox: Sandbox, organization_id: str) -> None:
    """Give an organisation the usual categories where it has none."""
    if sandbox.db.value("SELECT 1 FROM expense_categories WHERE organization_id = ? LIMIT 1", (organization_id,)):
        return
    for name in _STANDARD:
        insert(sandbox, organization_id, name)


def insert(sandbox: Sandbox, organization_id: str, name: str, description: str = "", gl_code: str = "") -> str:
    category_id = sandbox.new_id()
    rows.insert(
        sandbox.db,
        "expense_categories",
        {
            "category_id": category_id,
            "organization_id": organization_id,
            "category_name": name,
            "name_key": name_key(name),
            "description": description,
            "gl_code": gl_code,
            "status": "active",
        },
    )
    return category_id


def find(call: FinanceCall, category_id: str) -> dict[str, Any]:
    """The category as answers show it; raises FinanceError 1002."""
    row = call.db.one(
        "SELECT * FROM expense_categories WHERE category_id = ? AND organization_id = ?",
        (category_id, call.organization_id),
    )
    if row is None:
        raise does_not_exist("Category")
    return from_row(row)


def of_name(sandbox: Sandbox, organization_id: str, name: str) -> str | None:
    """The id of the category called so, or None."""
    found: str | None = sandbox.db.value(
        "SELECT category_id FROM expense_categories WHERE organization_id = ? AND name_key = ?",
        (organization_id, name_key(name)),
    )
    return found


def from_row(row: Any) -> dict[str, Any]:
    """A category as answers show it."""
    return {
        "category_id": row["category_id"],
        "category_name": row["category_name"],
        "description": row["description"],
        "gl_code": row["gl_code"],
        "status": row["status"],
        "is_enabled": row["status"] == "active",
        "parent_account_id": "",
        "parent_account_name": "",
        "expense_limit": "",
        "receipt_required_amount": "",
    }
