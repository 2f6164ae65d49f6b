"""Sets an organisation up: fields, stages, users, currencies and views, without HTTP.

Every function takes the Sandbox first and raises ValueError naming what is wrong and what is valid.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from zoho_sandbox.crm import currencies, organization, users, views
from zoho_sandbox.crm.criteria import InvalidCriteriaError
from zoho_sandbox.crm.errors import RecordProblem
from zoho_sandbox.crm.fields import DATA_TYPES, Field, ModuleInfo, catalog, drop_field, save_field
from zoho_sandbox.crm.stages import Stage, define_pipeline
from zoho_sandbox.sandbox import Sandbox

__all__ = [
    "Stage",
    "add_currency",
    "add_custom_view",
    "add_field",
    "add_profile",
    "add_user",
    "define_pipeline",
    "hide_related_list",
    "remove_field",
    "retype_field",
    "set_org",
    "set_pick_list",
]

_API_NAME = re.compile(r"[A-Za-z]\w{0,49}", re.ASCII)


def add_field(
    sandbox: Sandbox,
    module: str,
    api_name: str,
    label: str,
    data_type: str,
    *,
    length: int = 255,
    pick_list: Sequence[str] = (),
    lookup_module: str | None = None,
    unique: bool = False,
    mandatory: bool = False,
) -> str:
    """Add a custom field, unless the module has it already; returns its id.

    Data types: text, textarea, email, phone, website, picklist, multiselectpicklist, currency, double,
    percent, integer, boolean, date, datetime, lookup.
    """
    info = _module(sandbox, module)
    if api_name in info.fields:
        return info.fields[api_name].id
    if not _API_NAME.fullmatch(api_name):
        raise ValueError(f"{module}: field name {api_name!r}; it must be letters, digits and underscores")
    if data_type not in DATA_TYPES:
        raise ValueError(f"{module}.{api_name}: data_type {data_type!r}; valid are {sorted(DATA_TYPES)}")
    if (data_type == "lookup") != (lookup_module is not None):
        raise ValueError(f"{module}.{api_name}: a lookup, and only a lookup, names its lookup_module")
    if lookup_module is not None:
        _module(sandbox, lookup_module)
    field = Field(
        id=sandbox.new_id(),
        module=module,
        api_name=api_name,
        label=label,
        data_type=data_type,
        length=length,
        mandatory=mandatory,
        custom=True,
        unique=unique,
        choices=tuple(pick_list),
        lookup_module=lookup_module,
        lookup_id=None if lookup_module is None else sandbox.new_id(),
    )
    save_field(sandbox, field)
    return field.id


def remove_field(sandbox: Sandbox, module: str, api_name: str) -> None:
    """Delete a custom field with what records hold in it; their times of change stay."""
    drop_field(sandbox, _custom_field(sandbox, module, api_name))


def retype_field(sandbox: Sandbox, module: str, api_name: str, data_type: str, pick_list: Sequence[str] = ()) -> None:
    """Give a custom field another type; what records hold in it is lost."""
    field = _custom_field(sandbox, module, api_name)
    if data_type not in DATA_TYPES or data_type == "lookup":
        raise ValueError(f"{module}.{api_name}: data_type {data_type!r}; valid are {sorted(DATA_TYPES - {'lookup'})}")
    drop_field(sandbox, field)
    save_field(sandbox, replace(field, data_type=data_type, choices=tuple(pick_list)))


def _custom_field(sandbox: Sandbox, module: str, api_name: str) -> Field:
    field = _module(sandbox, module).fields.get(api_name)
    if field is None or not field.custom:
        raise ValueError(f"{module} has no custom field {api_name!r}")
    return field


def set_pick_list(sandbox: Sandbox, module: str, api_name: str, values: Sequence[str]) -> None:
    """Replace the values of a pick list; stages are set by `define_pipeline`."""
    known = _module(sandbox, module).fields.get(api_name)
    if known is None or "picklist" not in known.data_type or api_name == "Stage":
        raise ValueError(f"{module}.{api_name} is no pick list whose values can be set")
    save_field(sandbox, replace(known, choices=tuple(values)))


def hide_related_list(sandbox: Sandbox, module: str, api_name: str) -> None:
    """Take a related list away from a module, as an administrator can in its layout."""
    _module(sandbox, module)
    sandbox.db.execute("INSERT OR IGNORE INTO crm_hidden_related_list VALUES (?, ?)", (module, api_name))


def set_org(
    sandbox: Sandbox,
    *,
    company_name: str | None = None,
    currency_code: str | None = None,
    time_zone: str | None = None,
    country_code: str | None = None,
    edition: str | None = None,
) -> None:
    """Change the organisation; its currency only while multi-currency is off or has no other currency."""
    org = organization.organization(sandbox)
    changes_currency = currency_code not in (None, org.currency_code)
    if changes_currency and len(currencies.all_currencies(sandbox)) > 1:
        raise ValueError(f"the base currency is {org.currency_code}; it cannot change once others were added")
    organization.change(
        sandbox,
        company_name=company_name,
        currency_code=currency_code,
        time_zone=time_zone,
        country_code=country_code,
        edition=edition,
    )
    if changes_currency and org.multi_currency:
        sandbox.db.execute("DELETE FROM crm_currency")
        currencies.enable(sandbox)


def add_currency(sandbox: Sandbox, iso_code: str, exchange_rate: str) -> str:
    """Add a currency, switching multi-currency on; the rate is its units per 1 base unit. Returns its id."""
    try:
        return currencies.add_currency(sandbox, iso_code, exchange_rate)
    except RecordProblem as problem:
        raise ValueError(f"{iso_code}: {problem}") from problem


def add_user(
    sandbox: Sandbox,
    *,
    first_name: str,
    last_name: str,
    email: str,
    profile: str = users.STANDARD,
    role: str = "Manager",
) -> str:
    """Add an active user; returns the id."""
    return users.add_user(sandbox, first_name=first_name, last_name=last_name, email=email, profile=profile, role=role)


def add_profile(sandbox: Sandbox, name: str, description: str = "") -> str:
    """Add a custom profile; returns the id."""
    return users.add_profile(sandbox, name, description)


def add_custom_view(
    sandbox: Sandbox,
    module: str,
    name: str,
    criteria: dict[str, Any] | None,
    fields: Sequence[str] | None = None,
) -> str:
    """Add a view with criteria in the vendor's form (None: all records); returns its id, the `cvid`."""
    _module(sandbox, module)
    try:
        return views.add_view(sandbox, module, name, criteria, fields)
    except InvalidCriteriaError as error:
        raise ValueError(f"view {name!r}: {error}") from error


def _module(sandbox: Sandbox, name: str) -> ModuleInfo:
    modules = catalog(sandbox)
    if name not in modules:
        raise ValueError(f"there is no module {name!r}; valid are {list(modules)}")
    return modules[name]
