"""Custom views: named selections of a module's records."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.accounts.tokens import administrator_id
from zoho_sandbox.crm import criteria as criteria_language
from zoho_sandbox.crm.errors import invalid_parameter
from zoho_sandbox.crm.fields import MODULES, ModuleInfo, catalog
from zoho_sandbox.crm.standard_fields import NAME_FIELDS
from zoho_sandbox.crm.times import now, written
from zoho_sandbox.crm.users import reference
from zoho_sandbox.sandbox import Sandbox

_DEFAULT_FIELDS = {
    "Accounts": ("Account_Name", "Phone", "Website", "Owner"),
    "Contacts": ("Full_Name", "Account_Name", "Email", "Phone", "Owner"),
    "Deals": ("Deal_Name", "Amount", "Stage", "Closing_Date", "Account_Name", "Contact_Name", "Owner"),
    "Vendors": ("Vendor_Name", "Phone", "Email", "Category"),
    "Products": ("Product_Name", "Product_Code", "Unit_Price", "Product_Active"),
    "Quotes": ("Subject", "Quote_Stage", "Valid_Till", "Deal_Name", "Account_Name", "Grand_Total", "Owner"),
    "Sales_Orders": ("Subject", "Status", "Due_Date", "Deal_Name", "Account_Name", "Grand_Total", "Owner"),
    "Purchase_Orders": ("Subject", "Status", "PO_Date", "Vendor_Name", "Contact_Name", "Grand_Total", "Owner"),
    "Invoices": ("Subject", "Status", "Invoice_Date", "Account_Name", "Contact_Name", "Grand_Total", "Owner"),
    "Tasks": ("Subject", "Due_Date", "Status", "Priority", "What_Id", "Who_Id", "Owner"),
}


def prepare(sandbox: Sandbox) -> None:
    """The views every module starts with."""
    if sandbox.db.value("SELECT count(*) FROM crm_custom_view"):
        return
    for module in MODULES:
        label = module.replace("_", " ")
        add_view(sandbox, module, f"All {label}", None, system_name="ALLVIEWS")
        mine = {"comparator": "equal", "field": {"api_name": "Owner"}, "value": "${CURRENTUSER}"}
        add_view(sandbox, module, f"My {label}", mine, system_name="MYVIEW")


def add_view(
    sandbox: Sandbox,
    module: str,
    name: str,
    criteria: dict[str, Any] | None,
    fields: Sequence[str] | None = None,
    *,
    system_name: str | None = None,
) -> str:
    """Add a public view; raises ValueError when the criteria do not fit the module. Returns its id."""
    info = catalog(sandbox)[module]
    if criteria is not None:
        criteria_language.clause(info, criteria, "0")
    view_id = sandbox.new_id()
    sandbox.db.execute(
        "INSERT INTO crm_custom_view VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            view_id,
            module,
            name,
            system_name,
            None if criteria is None else wire.encode(criteria).decode(),
            ",".join(fields or _DEFAULT_FIELDS[module]),
            now(sandbox),
        ),
    )
    return view_id


def list_views(sandbox: Sandbox, module: str) -> list[sqlite3.Row]:
    return sandbox.db.query("SELECT * FROM crm_custom_view WHERE module = ? ORDER BY id", (module,))


def find_view(sandbox: Sandbox, module: str, view_id: str) -> sqlite3.Row | None:
    return sandbox.db.one("SELECT * FROM crm_custom_view WHERE module = ? AND id = ?", (module, view_id))


def view_criteria(sandbox: Sandbox, module: str, view_id: str) -> dict[str, Any] | None:
    """What a view selects, None for all; refuses the call when there is no such view."""
    row = find_view(sandbox, module, view_id)
    if row is None:
        raise invalid_parameter("cvid", "the id given seems to be invalid")
    stored: dict[str, Any] | None = None if row["criteria"] is None else wire.decode(row["criteria"])
    return stored


def view_json(sandbox: Sandbox, info: ModuleInfo, row: sqlite3.Row, *, detailed: bool) -> dict[str, Any]:
    """A view; `detailed` adds its criteria and fields."""
    system = row["system_name"] is not None
    owner = administrator_id(sandbox)
    who = None if system else reference(sandbox, owner)
    moment = None if system else written(sandbox, row["created_at"])
    shown: dict[str, Any] = {
        "id": row["id"],
        "name": row["name"],
        "display_value": row["name"],
        "system_name": row["system_name"],
        "system_defined": system,
        "default": row["system_name"] == "ALLVIEWS",
        "category": "public_views",
        "access_type": "public",
        "shared_to": None,
        "locked": False,
        "offline": True,
        "favorite": None,
        "created_by": who,
        "created_time": moment,
        "modified_by": who,
        "modified_time": moment,
        "last_accessed_time": written(sandbox, row["created_at"]),
        "module": {"api_name": info.api_name, "id": info.id},
        "sort_by": None,
        "sort_order": None,
    }
    if detailed:
        stored = None if row["criteria"] is None else wire.decode(row["criteria"])
        shown["criteria"] = None if stored is None else _criteria_json(info, stored)
        shown["fields"] = [
            {"api_name": name, "id": info.fields[name].id, "_pin": name == NAME_FIELDS[info.api_name]}
            for name in row["fields"].split(",")
            if name in info.fields
        ]
    return shown


def _criteria_json(info: ModuleInfo, criteria: dict[str, Any]) -> dict[str, Any]:
    if criteria.get("group"):
        members = [_criteria_json(info, member) for member in criteria["group"]]
        return {"group_operator": criteria.get("group_operator", "and"), "group": members}
    name = criteria["field"]["api_name"]
    known = info.fields.get(name)
    return {
        "comparator": criteria["comparator"],
        "field": {"api_name": name, "id": None if known is None else known.id},
        "value": criteria.get("value"),
    }


def category_names() -> dict[str, str]:
    """The headings under which the CRM sorts views."""
    return {
        "public_views": "Public Views",
        "other_users_views": "Other Users' Views",
        "shared_with_me": "Shared With Me",
        "created_by_me": "Created By Me",
    }
