"""What the loader knows of a module's fields: the type of each and where a lookup points."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass

from zoho_sandbox.load.mapping import CustomField, ModuleName


@dataclass(frozen=True, slots=True)
class FieldKind:
    """One field of a module; `data_type` as the CRM names it. A field that is not `writable` is never loaded."""

    api_name: str
    label: str
    data_type: str
    lookup: str | None = None
    writable: bool = True


FieldKinds = MappingType[str, FieldKind]

NAME_FIELDS: dict[ModuleName, str] = {
    "Users": "full_name",
    "Vendors": "Vendor_Name",
    "Products": "Product_Name",
    "Accounts": "Account_Name",
    "Contacts": "Full_Name",
    "Deals": "Deal_Name",
}
"""By which field a lookup finds a record of the module."""

REQUIRED_FIELDS: dict[ModuleName, tuple[str, ...]] = {
    "Users": ("full_name",),
    "Vendors": ("Vendor_Name",),
    "Products": ("Product_Name",),
    "Accounts": ("Account_Name",),
    "Contacts": ("Last_Name",),
    "Deals": ("Deal_Name", "Stage"),
}
"""Without one of these a row cannot be loaded."""

USER_KINDS: FieldKinds = {
    "full_name": FieldKind("full_name", "Full Name", "text"),
    "first_name": FieldKind("first_name", "First Name", "text"),
    "last_name": FieldKind("last_name", "Last Name", "text"),
    "email": FieldKind("email", "Email", "email"),
}


def custom_kind(api_name: str, described: CustomField) -> FieldKind:
    data_type = {"decimal": "double"}.get(described.type, described.type)
    return FieldKind(api_name, described.label, data_type, described.module)
