"""Projects: work for a customer that expenses can be booked on."""

from __future__ import annotations

from typing import Any

from zoho_sandbox.calls import Answer
from zoho_sandbox.expense import customers
from zoho_sandbox.finance.contacts import name_key
from zoho_sandbox.finance.errors import already_exists, does_not_exist, in_use
from zoho_sandbox.finance.listing import Listing, equal, identifier_filter, page_of, search_filter
from zoho_sandbox.finance.operations import FinanceCall, offer, page_answer, success
from zoho_sandbox.finance.payload import Fields

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
    "SELECT p.*, c.contact_name FROM expense_projects p LEFT JOIN finance_contacts c ON c.contact_id = p.customer_id"
)


def find(call: FinanceCall, project_id: str) -> dict[str, Any]:
    """The project as answers show it; raises FinanceError 1002."""
    row = call.db.one(f"{_SELECT} WHERE p.project_id = ? AND p.organization_id = ?", (project_id, call.organization_id))
    if row is None:
        raise does_not_exist("Project")
    return _shown(call, row)


def _shown(call: FinanceCall, row: Any) -> dict[str, Any]:
    return {
        "project_id": row["project_id"],
        "project_name": row["project_name"],
        "description": row["description"],
        "customer_id": row["customer_id"],
        "customer_name": row["contact_name"] or "",
        "status": row["status"],
        "created_time": call.organization.written(row["created_at"]),
        "last_modified_time": call.organization.written(row["modified_at"]),
    }


def create(call: FinanceCall, fields: Fields) -> str:
    """Store the project `fields` describe; returns its id."""
    project_id, now = call.sandbox.new_id(), call.now()
    call.db.insert(
        "expense_projects",
        _columns(call, fields, {"project_name": "", "customer_id": "", "description": ""}, project_id)
        | {
            "project_id": project_id,
            "organization_id": call.organization_id,
            "status": "active",
            "created_at": now,
            "modified_at": now,
        },
    )
    return project_id


def _columns(call: FinanceCall, fields: Fields, known: dict[str, Any], project_id: str) -> dict[str, Any]:
    name = fields.text("project_name", 100, known["project_name"]) or fields.required_text("project_name", 100)
    taken = call.db.value(
        "SELECT 1 FROM expense_projects WHERE organization_id = ? AND name_key = ? AND project_id <> ?",
        (call.organization_id, name_key(name), project_id),
    )
    if taken:
        raise already_exists("Project", name)
    customer_id = fields.identifier("customer_id") or known["customer_id"]
    if customer_id:
        customers.find(call, customer_id)
    return {
        "project_name": name,
        "name_key": name_key(name),
        "customer_id": customer_id,
        "description": fields.text("description", 2000, known["description"]),
    }


def _list(call: FinanceCall) -> Answer:
    base = equal({"p.organization_id": call.organization_id})
    page = page_of(_LISTING, call.query, base)
    found = page.rows(call.db, _SELECT)
    return page_answer("projects", [_shown(call, row) for row in found], page)


def _create(call: FinanceCall) -> Answer:
    project = find(call, create(call, call.fields))
    return success("The project has been created.", status=201, project=project)


def _get(call: FinanceCall) -> Answer:
    return success(project=find(call, call.id("project_id")))


def _change(call: FinanceCall) -> Answer:
    known = find(call, call.id("project_id"))
    columns = _columns(call, call.fields, known, known["project_id"]) | {"modified_at": call.now()}
    call.db.update("expense_projects", columns, "project_id", known["project_id"])
    return success("The project has been updated.", project=find(call, known["project_id"]))


def _remove(call: FinanceCall) -> Answer:
    project = find(call, call.id("project_id"))
    if call.db.value("SELECT 1 FROM expense_expenses WHERE project_id = ? LIMIT 1", (project["project_id"],)):
        raise in_use("Projects that expenses belong to cannot be deleted.")
    call.db.execute("DELETE FROM expense_projects WHERE project_id = ?", (project["project_id"],))
    return success("The project has been deleted.")


OFFERS = (
    offer("GET", "/projects", _list, scope="project.READ"),
    offer("POST", "/projects", _create, scope="project.CREATE"),
    offer("GET", "/projects/{project_id}", _get, scope="project.READ"),
    offer("PUT", "/projects/{project_id}", _change, scope="project.UPDATE"),
    offer("DELETE", "/projects/{project_id}", _remove, scope="project.DELETE"),
)
