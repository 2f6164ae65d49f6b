"""The operations on expense categories."""

from __future__ import annotations

from zoho_sandbox.calls import Answer
from zoho_sandbox.expense import categories
from zoho_sandbox.finance import rows
from zoho_sandbox.finance.contacts import name_key
from zoho_sandbox.finance.errors import already_exists, in_use
from zoho_sandbox.finance.listing import Conditions, Listing, page_of, search_filter
from zoho_sandbox.finance.operations import FinanceCall, offer, page_answer, success

_LISTING = Listing(
    report_name="Expense Categories",
    filters=(search_filter("category_name"),),
    sort_columns={"category_name": "category_name"},
    key="category_id",
    default_sort="category_name",
    default_order="A",
)


def _list(call: FinanceCall) -> Answer:
    base = Conditions()
    base.add("organization_id = ?", call.organization_id)
    page = page_of(_LISTING, call.query, base)
    found = call.db.query(
        f"SELECT * FROM expense_categories WHERE {page.where} {page.order_by} {page.limit}",  # noqa: S608  (columns are code)
        page.parameters,
    )
    return page_answer("expense_accounts", [categories.from_row(row) for row in found], page)


def _get(call: FinanceCall) -> Answer:
    return success(expense_category=categories.find(call, call.id("category_id")))


def _create(call: FinanceCall) -> Answer:
    name = call.fields.required_text("category_name", 100)
    _check_name(call, name, "")
    category_id = categories.insert(
        call.sandbox,
        call.organization_id,
        name,
        call.fields.text("description", 500),
        call.fields.text("gl_code", 50),
    )
    return success(
        "The expense category has been added.", status=201, expense_category=categories.find(call, category_id)
    )


def _change(call: FinanceCall) -> Answer:
    known = categories.find(call, call.id("category_id"))
    name = call.fields.text("category_name", 100, known["category_name"])
    _check_name(call, name, known["category_id"])
    columns = {
        "category_name": name,
        "name_key": name_key(name),
        "description": call.fields.text("description", 500, known["description"]),
        "gl_code": call.fields.text("gl_code", 50, known["gl_code"]),
    }
    rows.update(call.db, "expense_categories", columns, "category_id", known["category_id"])
    changed = categories.find(call, known["category_id"])
    return success("The expense category has been updated.", expense_category=changed)


def _check_name(call: FinanceCall, name: str, category_id: str) -> None:
    known = categories.of_name(call.sandbox, call.organization_id, name)
    if known not in (None, category_id):
        raise already_exists("Category", name)


def _remove(call: FinanceCall) -> Answer:
    known = categories.find(call, call.id("category_id"))
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
