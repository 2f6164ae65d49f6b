"""Fields of modules: what they are called, what they hold, and where they are kept."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from zoho_sandbox import wire
from zoho_sandbox.crm.inventory_fields import LINE_ITEMS
from zoho_sandbox.sandbox import Sandbox

MODULES = (
    "Accounts",
    "Contacts",
    "Deals",
    "Vendors",
    "Products",
    "Quotes",
    "Sales_Orders",
    "Purchase_Orders",
    "Invoices",
    "Tasks",
)
_KEY = "crm.catalog"

_JSON_TYPES = {
    "currency": "double",
    "double": "double",
    "percent": "double",
    "integer": "integer",
    "boolean": "boolean",
    "lookup": "jsonobject",
    "ownerlookup": "jsonobject",
    "multiselectpicklist": "jsonarray",
    "subform": "jsonarray",
}
DATA_TYPES = frozenset(
    {
        *_JSON_TYPES,
        "text",
        "textarea",
        "email",
        "phone",
        "website",
        "picklist",
        "date",
        "datetime",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a module. `choices` are a pick list's values, `lookup_module` whom a lookup points at,
    None where the record itself names the module (`$se_module`)."""

    id: str
    module: str
    api_name: str
    label: str
    data_type: str
    length: int = 255
    mandatory: bool = False
    read_only: bool = False
    custom: bool = False
    unique: bool = False
    visible: bool = True
    choices: tuple[str, ...] = ()
    lookup_module: str | None = None
    lookup_id: str | None = None

    @property
    def json_type(self) -> str:
        return _JSON_TYPES.get(self.data_type, "string")

    @property
    def stored(self) -> bool:
        """Whether the value lives in the record's own data, not in a column or computed."""
        return self.api_name not in SYSTEM_FIELDS


SYSTEM_FIELDS = frozenset(
    {
        "id",
        "Owner",
        "Created_By",
        "Modified_By",
        "Created_Time",
        "Modified_Time",
        "Last_Activity_Time",
        "Full_Name",
        "Expected_Revenue",
        "Overall_Sales_Duration",
        "Tag",
    }
)


@dataclass(frozen=True, slots=True)
class ModuleInfo:
    """A module with its fields in their order, by API name."""

    api_name: str
    id: str
    layout_id: str
    fields: dict[str, Field]


def catalog(sandbox: Sandbox) -> dict[str, ModuleInfo]:
    """The modules by API name, read once and kept until a field changes."""
    known: dict[str, ModuleInfo] | None = sandbox.memory.get(_KEY)
    if known is None:
        known = {
            row["api_name"]: ModuleInfo(row["api_name"], row["id"], row["layout_id"], _fields(sandbox, row["api_name"]))
            for row in sandbox.db.query("SELECT * FROM crm_module ORDER BY id")
        }
        sandbox.memory[_KEY] = known
    return known


def module_info(sandbox: Sandbox, module: str) -> ModuleInfo | None:
    return catalog(sandbox).get(module)


def _fields(sandbox: Sandbox, module: str) -> dict[str, Field]:
    rows = sandbox.db.query(
        "SELECT api_name, id, description FROM crm_field WHERE module = ? ORDER BY position", (module,)
    )
    return {row["api_name"]: _field(module, row) for row in rows}


def _field(module: str, row: Any) -> Field:
    description = wire.decode(row["description"])
    description["choices"] = tuple(description["choices"])
    return Field(id=row["id"], module=module, api_name=row["api_name"], **description)


def save_field(sandbox: Sandbox, field: Field) -> None:
    """Add or replace a field; a unique field gets an index of its own."""
    description = asdict(field)
    for name in ("id", "module", "api_name"):
        del description[name]
    position = sandbox.db.value("SELECT count(*) FROM crm_field WHERE module = ?", (field.module,))
    sandbox.db.execute(
        "INSERT INTO crm_field VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET description = excluded.description",
        (field.module, field.api_name, field.id, position, wire.encode(description).decode()),
    )
    # Each index is written with every record of every module; quotes, orders, invoices and tasks are few.
    if field.unique or (field.data_type in ("lookup", "email") and field.module not in (*LINE_ITEMS, "Tasks")):
        _index(sandbox, field)
    sandbox.memory.pop(_KEY, None)


def drop_field(sandbox: Sandbox, field: Field) -> None:
    """Forget a field, and what records hold in it."""
    sandbox.db.execute("DELETE FROM crm_field WHERE module = ? AND api_name = ?", (field.module, field.api_name))
    sandbox.db.execute(
        "UPDATE crm_record SET data = json_remove(data, ?) WHERE module = ?", (f"$.{field.api_name}", field.module)
    )
    sandbox.memory.pop(_KEY, None)


def _index(sandbox: Sandbox, field: Field) -> None:
    # The name is an identifier (checked where fields are added), so it can stand in the statement.
    sandbox.db.execute(
        f"CREATE INDEX IF NOT EXISTS crm_record_{field.api_name} ON crm_record"
        f" (module, json_extract(data, '$.{field.api_name}') COLLATE NOCASE)"
    )


def lookups_to(sandbox: Sandbox, module: str) -> Sequence[Field]:
    """The lookup fields, of any module, that point at `module`."""
    return [
        field for info in catalog(sandbox).values() for field in info.fields.values() if field.lookup_module == module
    ]
