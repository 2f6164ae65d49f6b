"""Customers: contacts of the type `customer`, translated both ways."""

from dataclasses import dataclass

from tsunagi import Fields, NewRecord, Value
from tsunagi_zoho.answers import Json
from tsunagi_zoho.finance.balances import read_balances
from tsunagi_zoho.finance.kinds import Kind, Listing, Search
from tsunagi_zoho.finance.ledger import Ledger
from tsunagi_zoho.finance.lengths import check_lengths, require
from tsunagi_zoho.finance.row import Row

WHOLE_KEYS = ("billing_address", "shipping_address", "website", "notes")
# Searching by name takes at most this many characters.
LONGEST_SEARCH = 100

_TEXTS = {"name": "contact_name", "company_name": "company_name", "website": "website", "notes": "notes"}
_LIMITS = {"name": 200, "company_name": 200, "website": 200, "phone": 50}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an address: its key on the wire and the most characters it may have."""

    key: str
    limit: int


PARTS = {
    "street": Part("address", 500),
    "city": Part("city", 100),
    "state": Part("state", 100),
    "code": Part("zip", 50),
    "country": Part("country", 100),
}
ADDRESSES = ("billing", "shipping")
_ADDRESS_LIMITS = {f"{which}_{name}": part.limit for which in ADDRESSES for name, part in PARTS.items()}


def read_contact(row: Row, ledger: Ledger) -> dict[str, Value]:
    """Only what the row says: a listing's row has no addresses, website or notes."""
    fields: dict[str, Value] = {"currency": row.currency(), "status": row.text("status")}
    fields |= {name: row.optional_text(key) for name, key in _TEXTS.items() if row.has(key)}
    fields |= read_balances(row, ledger)
    for which in ADDRESSES:
        if row.has(f"{which}_address"):
            fields |= _read_address(which, row.part(f"{which}_address"))
    return fields


def _read_address(which: str, address: Row) -> dict[str, Value]:
    fields: dict[str, Value] = {f"{which}_{name}": address.optional_text(part.key) for name, part in PARTS.items()}
    # The second line of the street has a field of its own there and none in a CRM.
    street = [line for line in (address.text("address"), address.text("street2")) if line]
    fields[f"{which}_street"] = "\n".join(street) or None
    if which == "billing":
        fields["phone"] = address.optional_text("phone")
    return fields


def write_customer(fields: Fields, current: Row | None, ledger: Ledger) -> Json:
    check_lengths(ledger.service, "customer", fields, _LIMITS | _ADDRESS_LIMITS)
    body: Json = {key: _said(fields[name]) for name, key in _TEXTS.items() if name in fields}
    if "name" in fields:
        body["contact_name"] = require(ledger.service, "customer", "name", fields["name"])
        # Documents print the company's name: it follows the customer's unless it is given.
        body.setdefault("company_name", body["contact_name"])
    if current is None:
        body |= {"contact_type": "customer", "customer_sub_type": "business"}
    else:
        # A change has to repeat both.
        body = {"contact_name": current.text("contact_name"), "contact_type": "customer", **body}
    body |= _currency(fields, current, ledger)
    for which in ADDRESSES:
        body |= _write_address(which, fields, current)
    return body


def _currency(fields: Fields, current: Row | None, ledger: Ledger) -> Json:
    code = fields.get("currency")
    # Without a currency of its own a customer is billed in the organisation's.
    if not code or (current is not None and current.text("currency_code") == code):
        return {}
    return {"currency_id": ledger.currency(str(code)).id}


def _write_address(which: str, fields: Fields, current: Row | None) -> Json:
    changed = {
        part.key: _said(fields[f"{which}_{name}"]) for name, part in PARTS.items() if f"{which}_{name}" in fields
    }
    if "address" in changed:
        changed["street2"] = ""
    if which == "billing" and "phone" in fields:
        changed["phone"] = _said(fields["phone"])
    if current is None:
        changed = {key: value for key, value in changed.items() if value}
    if not changed:
        return {}
    # An address is replaced as a whole: what we have no field for (attention, fax) must survive.
    kept = current.part(f"{which}_address").data if current is not None else {}
    return {f"{which}_address": {**kept, **changed}}


def _said(value: Value) -> str:
    return "" if value is None else str(value)


def _search(new: NewRecord, ledger: Ledger) -> Search:
    name = require(ledger.service, "customer", "name", new.fields.get("name"))
    # Names are unique among customers, whatever their case.
    key = "contact_name" if len(name) <= LONGEST_SEARCH else "contact_name_startswith"
    return Search(
        "contacts",
        {**_of_type("customer"), key: name[:LONGEST_SEARCH]},
        lambda row: row.text("contact_name").casefold() == name.casefold(),
    )


def contact_listing(contact_type: str) -> Listing:
    """The service cannot leave out unchanged contacts, but it can bring the latest changes first."""
    latest_first = {"sort_column": "last_modified_time", "sort_order": "D"}
    return Listing({**_of_type(contact_type), **latest_first}, newest_first=True)


def _of_type(contact_type: str) -> dict[str, str]:
    return {"contact_type": contact_type, "filter_by": "Status.All"}


CUSTOMER = Kind(
    entity="customer",
    path="contacts",
    one="contact",
    many="contacts",
    read=read_contact,
    write=write_customer,
    search=_search,
    listing=contact_listing("customer"),
    whole_keys=WHOLE_KEYS,
    related=("contact_persons",),
    updatable=True,
)
