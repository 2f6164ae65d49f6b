"""The operations on expense categories."""

from __future__ import annotations

from zoho_sandbox.books import rows
from zoho_sandbox.books.contacts import name_key
from zoho_sandbox.books.errors import already_exists, in_use
from zoho_sandbox.books.listing import Conditions, Listing, page_of, search_filter
from zoho_sandbox.books.operations import BooksCall, page_answer, success
from zoho_sandbox.calls import Answer
from zoho_sandbox.expense import categories
from zoho_sandbox.expense.operations import operation

_LISTING = Listing(
    report_name="Expense Categories",
    filters=(search_filter("category_name"),),
    sort_columns={"category_name": "category_name"},
    key="category_id",
    default_sort="category_name",
    default_order="A",
)


def _list(books: BooksCall) -> Answer:
    base = Conditions()
    base.add("organization_id = ?", books.organization_id)
    page = page_of(_LISTING, books.query, base)
    found = books.db.query(
        f"SELECT * FROM expense_categories WHERE {page.where} {page.order_by} {page.limit}",  # noqa: S608  (columns are code)
        page.parameters,
    )
    return page_answer("expense_accounts", [categories.from_row(row) for row in found], page)


def _get(books: BooksCall) -> Answer:
    return success(expense_category=categories.find(books, books.id("category_id")))


def _create(books: BooksCall) -> Answer:
    name = books.fields.required_text("category_name", 100)
    _check_name(books, name, "")
    category_id = categories.insert(
        books.sandbox,
        books.organization_id,
        name,
        books.fields.text("description", 500),
        books.fields.text("gl_code", 50),
    )
    return success(
        "The expense category has been added.", status=201, expense_category=categories.find(books, category_id)
    )


def _change(books: BooksCall) -> Answer:
    known = categories.find(books, books.id("category_id"))
    name = books.fields.text("category_name", 100, known["category_name"])
    _check_name(books, name, known["category_id"])
    columns = {
        "category_name": name,
        "name_key": name_key(name),
        "description": books.fields.text("description", 500, known["description"]),
        "gl_code": books.fields.text("gl_code", 50, known["gl_code"]),
    }
    rows.update(books.db, "expense_categories", columns, "category_id", known["category_id"])
    changed = categories.find(books, known["category_id"])
    return success("The expense category has been updated.", expense_category=changed)


def _check_name(books: BooksCall, name: str, category_id: str) -> None:
    known = categories.of_name(books.sandbox, books.organization_id, name)
    if known not in (None, category_id):
        raise already_exists("Category", name)


def _remove(books: BooksCall) -> Answer:
    known = categories.find(books, books.id("category_id"))
    if books.db.value("SELECT 1 FROM expense_expenses WHERE category_id = ? LIMIT 1", (known["category_id"],)):
        raise in_use("Categories that expenses belong to cannot be deleted.")
    books.db.execute("DELETE FROM expense_categories WHERE category_id = ?", (known["category_id"],))
    return success("The expense category has been deleted.")


OPERATIONS = (
    operation("GET", "/expensecategories", _list, scope="expensecategory.READ"),
    operation("POST", "/expensecategories", _create, scope="expensecategory.CREATE"),
    operation("GET", "/expensecategories/{category_id}", _get, scope="expensecategory.READ"),
    operation("PUT", "/expensecategories/{category_id}", _change, scope="expensecategory.UPDATE"),
    operation("DELETE", "/expensecategories/{category_id}", _remove, scope="expensecategory.DELETE"),
)
