"""Related lists: records that point at one by a lookup, and products with accounts, contacts and deals."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from zoho_sandbox.calls import Answer, Call
from zoho_sandbox.crm import page_tokens, parameters, records
from zoho_sandbox.crm.errors import refused, status_of
from zoho_sandbox.crm.fields import ModuleInfo, catalog, lookups_to
from zoho_sandbox.crm.outcomes import outcomes_of, success
from zoho_sandbox.crm.record_view import rendered
from zoho_sandbox.sandbox import Sandbox

# Modules whose records are related to each other without a lookup.
_WITH_PRODUCTS = ("Accounts", "Contacts", "Deals")
_MANY_TO_MANY = {(other, "Products") for other in _WITH_PRODUCTS} | {("Products", other) for other in _WITH_PRODUCTS}
_MAX_RECORDS = 100


@dataclass(frozen=True, slots=True)
class RelatedList:
    """A list under a record: which module it shows, and through which of its lookups (None: many to many)."""

    api_name: str
    module: str
    lookup: str | None


def related_lists(sandbox: Sandbox, module: str) -> list[RelatedList]:
    """The related lists of a module. A second lookup of the same module is named after its field too."""
    found = [RelatedList(other, other, None) for here, other in sorted(_MANY_TO_MANY) if here == module]
    if module == "Deals":
        found.append(RelatedList("Contact_Roles", "Contacts", None))
    taken = {item.api_name for item in found}
    for field in lookups_to(sandbox, module):
        name = field.module.replace("_", "")
        name = name if name not in taken else f"{name}_{field.api_name}"
        taken.add(name)
        found.append(RelatedList(name, field.module, field.api_name))
    hidden = {
        row["api_name"]
        for row in sandbox.db.query("SELECT api_name FROM crm_hidden_related_list WHERE module = ?", (module,))
    }
    return [item for item in found if item.api_name not in hidden]


def list_related(call: Call) -> Answer:
    """`GET /{module}/{id}/{related_list}`."""
    info, related = _found(call)
    names = parameters.fields(call, mandatory=True)
    page, per_page = parameters.paging(call)
    rows = _related_rows(call.sandbox, info, call.path["id"], related, per_page + 1, (page - 1) * per_page)
    since = parameters.modified_since(call)
    if since is not None:
        rows = [row for row in rows if row["modified_at"] > since]
    if not rows:
        return Answer(204 if since is None else 304)
    data = rendered(call.sandbox, catalog(call.sandbox)[related.module], rows[:per_page], names)
    more = len(rows) > per_page
    paging = page_tokens.plain_info(page=page, per_page=per_page, count=len(data), more=more)
    return Answer(200, {"data": data, "info": paging})


def relate(call: Call) -> Answer:
    """`PUT /{module}/{id}/{related_list}` with `{"data": [{"id"}]}`."""
    info, related = _found(call, writable=True)
    given = call.body.get("data")
    if not isinstance(given, list) or not 0 < len(given) <= _MAX_RECORDS:
        raise refused("INVALID_DATA", "invalid data", {"api_name": "data", "json_path": "$.data"})
    return _each(call, info, related, [item.get("id") if isinstance(item, dict) else None for item in given])


def relate_one(call: Call) -> Answer:
    """`PUT /{module}/{id}/{related_list}/{related_id}`."""
    info, related = _found(call, writable=True)
    return _each(call, info, related, [call.path["related_id"]])


def unrelate(call: Call) -> Answer:
    """`DELETE /{module}/{id}/{related_list}?ids=`."""
    info, related = _found(call, writable=True)
    return _each(call, info, related, parameters.ids(call, mandatory=True), ending=True)


def unrelate_one(call: Call) -> Answer:
    """`DELETE /{module}/{id}/{related_list}/{related_id}`."""
    info, related = _found(call, writable=True)
    return _each(call, info, related, [call.path["related_id"]], ending=True)


def _each(call: Call, info: ModuleInfo, related: RelatedList, ids: list[Any], *, ending: bool = False) -> Answer:
    outcomes = outcomes_of(
        call.sandbox, ids, lambda each, index: _one(call, info, related, str(each), index, ending=ending)
    )
    return Answer(status_of(outcomes, 200), {"data": outcomes})


def _one(
    call: Call, info: ModuleInfo, related: RelatedList, related_id: str, index: int, *, ending: bool
) -> dict[str, Any]:
    if records.find_row(call.sandbox, related.module, related_id) is None:
        raise records.unknown_id(f"$.data[{index}]")
    if ending:
        records.dissociate(call.sandbox, info.api_name, call.path["id"], related.module, related_id)
    else:
        records.associate(call.sandbox, info.api_name, call.path["id"], related.module, [related_id])
    return success({"id": related_id}, "relation removed" if ending else "relation updated")


def _found(call: Call, *, writable: bool = False) -> tuple[ModuleInfo, RelatedList]:
    info = parameters.module_of(call)
    name = call.path["related_list"]
    related = next((item for item in related_lists(call.sandbox, info.api_name) if item.api_name == name), None)
    if related is None or (writable and related.lookup is not None):
        raise refused("INVALID_DATA", "the related list given seems to be invalid", {"resource_path_index": 2})
    if records.find_row(call.sandbox, info.api_name, call.path["id"]) is None:
        raise refused("INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 1})
    return info, related


def _related_rows(
    sandbox: Sandbox, info: ModuleInfo, record_id: str, related: RelatedList, limit: int, offset: int
) -> list[sqlite3.Row]:
    page = "ORDER BY id DESC LIMIT ? OFFSET ?"
    if related.lookup is not None:
        return sandbox.db.query(
            f"SELECT * FROM crm_record WHERE module = ? AND json_extract(data, '$.{related.lookup}') = ?"  # noqa: S608  (a known field)
            f" COLLATE NOCASE {page}",
            (related.module, record_id, limit, offset),
        )
    return sandbox.db.query(
        "SELECT * FROM crm_record WHERE id IN (SELECT related_id FROM crm_relation"  # noqa: S608  (`page` is above)
        f" WHERE module = ? AND record_id = ? AND related_module = ?) {page}",
        (info.api_name, int(record_id), related.module, limit, offset),
    )
