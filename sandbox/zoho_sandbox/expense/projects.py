"""Projects: work for a customer that expenses can be booked on."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.books import rows
from zoho_sandbox.books.contacts import name_key
from zoho_sandbox.books.errors import already_exists, does_not_exist, in_use
from zoho_sandbox.books.listing import Conditions, Listing, identifier_filter, page_of, search_filter
from zoho_sandbox.books.operations import BooksCall, page_answer, success
from zoho_sandbox.books.payload import Fields
from zoho_sandbox.calls import Answer
from zoho_sandbox.expense import customers
from zoho_sandbox.expense.operations import operation

_LISTING = Listing(
    report_name="Projects",
    filters=(identifier_filter("customer_id", "p.customer_id"), search_filter("p.project_name")),
    sort_columns={
        "project_name": "p.project_name",
        "created_time": "p.created_at",
        "last_modified_time": "p.modified_at",
    },
    key="p.project_id",
    default_sort="project_name",
    default_order="A",
)
_SELECT = (
    "SELECT p.*, c.contact_name FROM expense_projects p LEFT JOIN expense_customers c ON c.contact_id = p.customer_id"
)


def find(books: BooksCall, project_id: str) -> dict[str, Any]:
    """The project as answers show it; raises BooksError 1002."""
    row = books.db.one(
        f"{_SELECT} WHERE p.project_id = ? AND p.organization_id = ?", (project_id, books.organization_id)
    )
    if row is None:
        raise does_not_exist("Project")
    return _shown(books, row)


def _shown(books: BooksCall, row: Any) -> dict[str, Any]:
    return {
        "project_id": row["project_id"],
        "project_name": row["project_name"],
        "description": row["description"],
        "customer_id": row["customer_id"],
        "customer_name": row["contact_name"] or "",
        "status": row["status"],
        "created_time": books.organization.written(row["created_at"]),
        "last_modified_time": books.organization.written(row["modified_at"]),
    }


def create(books: BooksCall, fields: Fields) -> str:
    """Store the project `fields` describe; returns its id."""
    project_id, now = books.sandbox.new_id(), books.now()
    rows.insert(
        books.db,
        "expense_projects",
        _columns(books, fields, {"project_name": "", "customer_id": "", "description": ""}, project_id)
        | {
            "project_id": project_id,
            "organization_id": books.organization_id,
            "status": "active",
            "created_at": now,
            "modified_at": now,
        },
    )
    return project_id


def _columns(books: BooksCall, fields: Fields, known: dict[str, Any], project_id: str) -> dict[str, Any]:
    name = fields.text("project_name", 100, known["project_name"]) or fields.required_text("project_name", 100)
    taken = books.db.value(
        "SELECT 1 FROM expense_projects WHERE organization_id = ? AND name_key = ? AND project_id <> ?",
        (books.organization_id, name_key(name), project_id),
    )
    if taken:
        raise already_exists("Project", name)
    customer_id = fields.identifier("customer_id") or known["customer_id"]
    if customer_id:
        customers.find(books, customer_id)
    return {
        "project_name": name,
        "name_key": name_key(name),
        "customer_id": customer_id,
        "description": fields.text("description", 2000, known["description"]),
    }


def _list(books: BooksCall) -> Answer:
    base = Conditions()
    base.add("p.organization_id = ?", books.organization_id)
    page = page_of(_LISTING, books.query, base)
    found = books.db.query(f"{_SELECT} WHERE {page.where} {page.order_by} {page.limit}", page.parameters)
    return page_answer("projects", [_shown(books, row) for row in found], page)


def _create(books: BooksCall) -> Answer:
    project = find(books, create(books, books.fields))
    return success("The project has been created.", status=201, project=project)


def _get(books: BooksCall) -> Answer:
    return success(project=find(books, books.id("project_id")))


def _change(books: BooksCall) -> Answer:
    known = find(books, books.id("project_id"))
    columns = _columns(books, books.fields, known, known["project_id"]) | {"modified_at": books.now()}
    rows.update(books.db, "expense_projects", columns, "project_id", known["project_id"])
    return success("The project has been updated.", project=find(books, known["project_id"]))


def _remove(books: BooksCall) -> Answer:
    project = find(books, books.id("project_id"))
    if books.db.value("SELECT 1 FROM expense_expenses WHERE project_id = ? LIMIT 1", (project["project_id"],)):
        raise in_use("Projects that expenses belong to cannot be deleted.")
    books.db.execute("DELETE FROM expense_projects WHERE project_id = ?", (project["project_id"],))
    return success("The project has been deleted.")


OPERATIONS = (
    operation("GET", "/projects", _list, scope="project.READ"),
    operation("POST", "/projects", _create, scope="project.CREATE"),
    operation("GET", "/projects/{project_id}", _get, scope="project.READ"),
    operation("PUT", "/projects/{project_id}", _change, scope="project.UPDATE"),
    operation("DELETE", "/projects/{project_id}", _remove, scope="project.DELETE"),
)
