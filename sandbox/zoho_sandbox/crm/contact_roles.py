"""Contact roles: the parts contacts play in deals, and who plays which."""

import sqlite3
from collections.abc import Callable
from typing import Any

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import page_tokens, parameters, records
from zoho_sandbox.crm.errors import Body, RecordProblem, refused, status_of
from zoho_sandbox.crm.fields import catalog
from zoho_sandbox.crm.outcomes import given_list, outcomes_of, success
from zoho_sandbox.crm.record_view import rendered
from zoho_sandbox.sandbox import Sandbox

_FIRST_ROLES = (
    "Developer/Evaluator",
    "Decision Maker",
    "Product Management",
    "Purchasing",
    "Executive Sponsor",
    "Engineering Lead",
    "Economic Decision Maker",
)
_LONGEST = 50


def prepare(sandbox: Sandbox) -> None:
    """The roles every organisation starts with."""
    if not sandbox.db.value("SELECT count(*) FROM crm_contact_role"):
        for name in _FIRST_ROLES:
            _add(sandbox, name)


def list_roles(call: Call) -> Answer:
    """`GET /Contacts/roles` and `GET /Contacts/roles/{role_id}`."""
    wanted = call.path.get("role_id")
    rows = call.sandbox.db.query(
        "SELECT * FROM crm_contact_role WHERE id = coalesce(?, id) ORDER BY position", (wanted,)
    )
    shown = [{"id": row["id"], "name": row["name"], "sequence_number": row["position"]} for row in rows]
    return Answer(200, {"contact_roles": shown}) if shown else Answer(204)


def create_roles(call: Call) -> Answer:
    """`POST /Contacts/roles`."""

    def create(given: Body) -> Body:
        name = _name(given)
        _check_free(call.sandbox, name, "")
        return _done(_add(call.sandbox, name), "contact role added")

    return _each_given(call, create)


def change_roles(call: Call) -> Answer:
    """`PUT /Contacts/roles` and `PUT /Contacts/roles/{role_id}`."""

    def change(given: Body) -> Body:
        role = _role(call.sandbox, call.path.get("role_id") or given.get("id"))
        name = _name(given)
        _check_free(call.sandbox, name, role["id"])
        call.sandbox.db.execute("UPDATE crm_contact_role SET name = ? WHERE id = ?", (name, role["id"]))
        return _done(role["id"], "contact role updated")

    return _each_given(call, change)


def delete_roles(call: Call) -> Answer:
    """`DELETE /Contacts/roles?ids=` and `DELETE /Contacts/roles/{role_id}`; who played it stays with the deal."""

    def delete(role_id: str) -> Body:
        role = _role(call.sandbox, role_id)
        call.sandbox.db.execute("UPDATE crm_deal_contact SET role_id = NULL WHERE role_id = ?", (role["id"],))
        call.sandbox.db.execute("DELETE FROM crm_contact_role WHERE id = ?", (role["id"],))
        return _done(role["id"], "contact role deleted")

    one = call.path.get("role_id")
    return _outcomes(call, "contact_roles", [one] if one else parameters.ids(call, mandatory=True), delete)


def list_of_deal(call: Call) -> Answer:
    """`GET /Deals/{id}/Contact_Roles`: contacts, each with its `Contact_Role`."""
    deal = _deal(call)
    names = parameters.fields(call, mandatory=True)
    page, per_page = parameters.paging(call)
    rows = call.sandbox.db.query(
        "SELECT c.*, r.id AS role_id, r.name AS role FROM crm_deal_contact d JOIN crm_record c ON c.id = d.contact_id"
        " LEFT JOIN crm_contact_role r ON r.id = d.role_id WHERE d.deal_id = ? ORDER BY c.id DESC LIMIT ? OFFSET ?",
        (deal["id"], per_page + 1, (page - 1) * per_page),
    )
    if not rows:
        return Answer(204)
    data = rendered(call.sandbox, catalog(call.sandbox)["Contacts"], rows[:per_page], names)
    for record, row in zip(data, rows, strict=False):
        record["Contact_Role"] = {"id": row["role_id"], "name": row["role"]} if row["role_id"] else None
    info = page_tokens.plain_info(page=page, per_page=per_page, count=len(data), more=len(rows) > per_page)
    return Answer(200, {"data": data, "info": info})


def relate(call: Call) -> Answer:
    """`PUT /Deals/{id}/Contact_Roles` and `PUT /Deals/{id}/Contact_Roles/{contact_id}`."""
    deal = _deal(call)
    given = call.body.get("data")
    one = call.path.get("contact_id")
    items = given if isinstance(given, list) and given else ([{}] if one else None)
    if items is None:
        raise refused("INVALID_DATA", "invalid data", {"api_name": "data", "json_path": "$.data"})

    def write(item: Any) -> Body:
        item = item if isinstance(item, dict) else {}
        contact = _contact(call, one or item.get("id"))
        role = _role_of(call.sandbox, item.get("Contact_Role"))
        call.sandbox.db.execute(
            "INSERT OR REPLACE INTO crm_deal_contact VALUES (?, ?, ?)", (deal["id"], contact["id"], role)
        )
        return _done(str(contact["id"]), "relation updated")

    return _outcomes(call, "data", items, write)


def unrelate(call: Call) -> Answer:
    """`DELETE /Deals/{id}/Contact_Roles?ids=` and `DELETE /Deals/{id}/Contact_Roles/{contact_id}`."""
    deal = _deal(call)

    def remove(contact_id: str) -> Body:
        contact = _contact(call, contact_id)
        call.sandbox.db.execute(
            "DELETE FROM crm_deal_contact WHERE deal_id = ? AND contact_id = ?", (deal["id"], contact["id"])
        )
        return _done(str(contact["id"]), "relation removed")

    one = call.path.get("contact_id")
    return _outcomes(call, "data", [one] if one else parameters.ids(call, mandatory=True), remove)


def _each_given(call: Call, write: Callable[[Body], Body]) -> Answer:
    return _outcomes(call, "contact_roles", given_list(call.body, "contact_roles"), write)


def _outcomes(call: Call, key: str, items: list[Any], write: Callable[[Any], Body]) -> Answer:
    outcomes = outcomes_of(call.sandbox, items, lambda item, _index: write(item))
    return Answer(status_of(outcomes, 200), {key: outcomes})


def _add(sandbox: Sandbox, name: str) -> str:
    role_id = sandbox.new_id()
    sandbox.db.execute(
        "INSERT INTO crm_contact_role SELECT ?, ?, coalesce(max(position), 0) + 1 FROM crm_contact_role",
        (role_id, name),
    )
    return role_id


def _role(sandbox: Sandbox, role_id: Any) -> sqlite3.Row:
    row = sandbox.db.one("SELECT * FROM crm_contact_role WHERE id = ?", (str(role_id),))
    if row is None:
        raise RecordProblem("INVALID_DATA", "invalid data", {"id": str(role_id)})
    return row


def _role_of(sandbox: Sandbox, given: Any) -> str | None:
    """The id of a role given by id, by name, or as an object with either."""
    if given is None:
        return None
    wanted = (given.get("id") or given.get("name")) if isinstance(given, dict) else given
    row = sandbox.db.one("SELECT id FROM crm_contact_role WHERE ? IN (id, name)", (str(wanted),))
    if row is None:
        raise RecordProblem("INVALID_DATA", "invalid data", {"api_name": "Contact_Role", "id": str(wanted)})
    return str(row["id"])


def _name(given: Body) -> str:
    name = given.get("name")
    if not isinstance(name, str) or not name.strip():
        raise RecordProblem("MANDATORY_NOT_FOUND", "invalid data", {"api_name": "name"})
    if len(name) > _LONGEST:
        raise RecordProblem("INVALID_DATA", "invalid data", {"api_name": "name", "maximum_length": _LONGEST})
    return name.strip()


def _check_free(sandbox: Sandbox, name: str, role_id: str) -> None:
    twin = sandbox.db.one("SELECT id FROM crm_contact_role WHERE name = ? AND id <> ?", (name, role_id))
    if twin is not None:
        raise RecordProblem("DUPLICATE_DATA", "duplicate data", {"api_name": "name", "id": twin["id"]})


def _deal(call: Call) -> sqlite3.Row:
    row = records.find_row(call.sandbox, "Deals", call.path["id"])
    if row is None:
        raise refused("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 1})
    return row


def _contact(call: Call, contact_id: Any) -> sqlite3.Row:
    row = records.find_row(call.sandbox, "Contacts", contact_id)
    if row is None:
        raise RecordProblem("INVALID_DATA", "the id given seems to be invalid", {"id": str(contact_id)})
    return row


def _done(record_id: str, message: str) -> Body:
    return success({"id": record_id}, message)
