"""Expense categories: what money was spent on."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.finance.contacts import name_key
from zoho_sandbox.finance.errors import already_exists, does_not_exist, in_use
from zoho_sandbox.finance.listing import Listing, equal, page_of, search_filter
from zoho_sandbox.finance.operations import FinanceCall, offer, page_answer, success
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
    sandbox.db.insert(
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


_LISTING = Listing(
    report_name="Expense Categories",
    filters=(search_filter("category_name"),),
    sort_columns={"category_name": "category_name"},
    key="category_id",
    default_sort="category_name",
    default_order="A",
)


def _list(call: FinanceCall) -> Answer:
    base = equal({"organization_id": call.organization_id})
    page = page_of(_LISTING, call.query, base)
    found = page.rows(call.db, "SELECT * FROM expense_categories")
    return page_answer("expense_accounts", [from_row(row) for row in found], page)


def _get(call: FinanceCall) -> Answer:
    return success(expense_category=find(call, call.id("category_id")))


def _create(call: FinanceCall) -> Answer:
    name = call.fields.required_text("category_name", 100)
    _check_name(call, name, "")
    category_id = insert(
        call.sandbox,
        call.organization_id,
        name,
        call.fields.text("description", 500),
        call.fields.text("gl_code", 50),
    )
    return success("The expense category has been added.", status=201, expense_category=find(call, category_id))


def _change(call: FinanceCall) -> Answer:
    known = find(call, call.id("category_id"))
    name = call.fields.text("category_name", 100, known["category_name"])
    _check_name(call, name, known["category_id"])
    columns = {
        "category_name": name,
        "name_key": name_key(name),
        "description": call.fields.text("description", 500, known["description"]),
        "gl_code": call.fields.text("gl_code", 50, known["gl_code"]),
    }
    call.db.update("expense_categories", columns, "category_id", known["category_id"])
    changed = find(call, known["category_id"])
    return success("The expense category has been updated.", expense_category=changed)


def _check_name(call: FinanceCall, name: str, category_id: str) -> None:
    known = of_name(call.sandbox, call.organization_id, name)
    if known not in (None, category_id):
        raise already_exists("Category", name)


def _remove(call: FinanceCall) -> Answer:
    known = find(call, call.id("category_id"))
    if call.db.value("SELECT 1 FROM expense_expenses WHERE category_id = ? LIMIT 1", (known["category_id"],)):
        raise in_use("Categories that expenses belong to cannot be deleted.")
    call.db.execute("DELETE FROM expense_categories WHERE category_id = ?", (known["category_id"],))
    return success("The expense category has been deleted.")


OFFERS = (
    offer("GET", "/expensecategories", _list, scope="expensecategory.READ"),
    offer("POST", "/expensecategories", _create, scope="expensecategory.CREATE"),
    offer("GET", "/expensecategories/{category_id}", _get, scope="expensecategory.READ"),
    offer("PUT", "/expensecategories/{category_id}", _change, scope="expensecategory.UPDATE"),
    offer("DELETE", "/expensecategories/{category_id}", _remove, scope="expensecategory.DELETE"),
)
